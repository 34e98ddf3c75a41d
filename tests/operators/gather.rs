use super::support::*;

pub fn values() -> Vec<Example> {
    vec![
        Example::new(Gather { axis: 0 }, vec![counted(&[3, 2]), given_ints(&[2, 0])], &[2, 2], &[4.0, 5.0, 0.0, 1.0]),
        Example::new(Gather { axis: -1 }, vec![counted(&[2, 3]), ints(&[-1])], &[2, 1], &[2.0, 5.0]),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("Gather", &[2, 3, 4], Away(&[]), |n, x| with_ints(n, Gather { axis: 1 }, x, &[2, 0, -1, 2])),
        flat("Gather of one row", &[2, 3, 4], Away(&[]), |n, x| {
            let index = n.constant(Tensor::i64([], vec![-2]));
            n.add(Gather { axis: -1 }, &[x, index])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    Gather { axis: any.axis() }.into()
}
