use super::support::*;

pub fn values() -> Vec<Example> {
    vec![
        Example::new(disjoint_max(), vec![counted(&MAP)], &[1, 1, 2, 2], &[5.0, 7.0, 13.0, 15.0]),
        // Padding never wins, and the last window hangs over the edge.
        Example::new(
            MaxPool {
                kernel: [1, 2],
                strides: [1, 2],
                padding: Padding::Explicit([0, 1, 0, 0]),
                ceil_mode: true,
                ..disjoint_max()
            },
            vec![given(&[1, 1, 1, 4], &[-5.0, -3.0, -4.0, -2.0])],
            &[1, 1, 1, 3],
            &[-5.0, -3.0, -2.0],
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("MaxPool", &[2, 4, 7, 6], Ranked, |n, x| n.add(overlapping_max(false), &[x])),
        flat("MaxPool with windows over the edge", &[2, 4, 7, 6], Ranked, |n, x| n.add(overlapping_max(true), &[x])),
        curved("MaxPool of exponentials", &[2, 4, 7, 6], Ranked, |n, x| {
            let tenth = n.scalar(0.1);
            let small = n.add(Mul, &[x, tenth]);
            let exp = n.add(Exp, &[small]);
            n.add(overlapping_max(false), &[exp])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    any.max_pool().into()
}
