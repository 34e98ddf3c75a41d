use super::support::*;

pub fn values() -> Vec<Example> {
    vec![
        Example::new(
            Clip,
            vec![given(&EIGHT, &POINTS), known(&[], &[-1.5]), known(&[], &[2.5])],
            &EIGHT,
            &[-1.5, -1.5, -1.5, -0.25, 0.0, 0.75, 2.0, 2.5],
        ),
        Example::new(
            Clip,
            vec![given(&EIGHT, &POINTS), Argument::Absent, known(&[], &[0.5])],
            &EIGHT,
            &[-3.5, -3.0, -1.5, -0.25, 0.0, 0.5, 0.5, 0.5],
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("Clip", &[2, 3, 4], Away(&[-1.0, 1.0]), |n, x| {
            let (low, high) = (n.scalar(-1.0), n.scalar(1.0));
            n.add(Clip, &[x, low, high])
        }),
        flat("Clip from above", &[2, 3, 4], Away(&[1.0]), |n, x| {
            let high = n.scalar(1.0);
            n.add_node(Clip, &[Some(x), None, Some(high)])[0]
        }),
    ])
}

pub fn any(_: &mut Any) -> Op {
    Clip.into()
}
