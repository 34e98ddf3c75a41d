use super::support::*;

pub fn values() -> Vec<Example> {
    vec![
        Example::new(
            Pad { mode: PadMode::Constant },
            vec![counted(&[2, 2]), ints(&[0, 1, 1, -1]), known(&[], &[9.0])],
            &[3, 2],
            &[9.0, 0.0, 9.0, 2.0, 9.0, 9.0],
        ),
        Example::new(
            Pad { mode: PadMode::Edge },
            vec![counted(&[1, 1, 1, 3]), ints(&[0, 0, 1, 2, 0, 0, 0, 1])],
            &[1, 1, 2, 6],
            &[0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0],
        ),
        Example::new(
            Pad { mode: PadMode::Reflect },
            vec![counted(&[1, 1, 1, 3]), ints(&[0, 0, 0, 2, 0, 0, 0, 1])],
            &[1, 1, 1, 6],
            &[2.0, 1.0, 0.0, 1.0, 2.0, 1.0],
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("Pad", &[2, 3, 4], Away(&[]), |n, x| {
            with_ints(n, Pad { mode: PadMode::Constant }, x, &[0, 1, -1, 2, 0, 3])
        }),
        flat("Pad with the edge", &[2, 4, 4, 6], Away(&[]), |n, x| {
            with_ints(n, Pad { mode: PadMode::Edge }, x, &[0, 0, 2, 1, 0, 0, 0, 5])
        }),
        flat("Pad with the mirror image", &[2, 4, 4, 6], Away(&[]), |n, x| {
            with_ints(n, Pad { mode: PadMode::Reflect }, x, &[0, 0, 2, 1, 0, 0, 3, 4])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    Pad { mode: any.of(&[PadMode::Constant, PadMode::Edge, PadMode::Reflect]) }.into()
}
