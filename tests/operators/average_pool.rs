use super::support::*;

pub fn values() -> Vec<Example> {
    let padded = |count_include_pad| AveragePool {
        kernel: [1, 2],
        strides: [1, 2],
        padding: Padding::symmetric([0, 1]),
        count_include_pad,
        ..disjoint_average()
    };
    let pair = || vec![given(&[1, 1, 1, 2], &[4.0, 6.0])];
    vec![
        Example::new(disjoint_average(), vec![counted(&MAP)], &[1, 1, 2, 2], &[2.5, 4.5, 10.5, 12.5]),
        Example::new(padded(false), pair(), &[1, 1, 1, 2], &[4.0, 6.0]),
        Example::new(padded(true), pair(), &[1, 1, 1, 2], &[2.0, 3.0]),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("AveragePool", &[2, 4, 7, 6], Away(&[]), |n, x| n.add(overlapping_average(false, false), &[x])),
        flat("AveragePool that counts padding", &[2, 4, 7, 6], Away(&[]), |n, x| {
            n.add(overlapping_average(false, true), &[x])
        }),
        flat("AveragePool with windows over the edge", &[2, 4, 7, 6], Away(&[]), |n, x| {
            n.add(overlapping_average(true, true), &[x])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    any.average_pool().into()
}
