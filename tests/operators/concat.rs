use super::support::*;

pub fn values() -> Vec<Example> {
    vec![
        Example::new(
            Concat { axis: -1 },
            vec![counted(&[2, 1]), given(&[2, 2], &[5.0, 6.0, 7.0, 8.0])],
            &[2, 3],
            &[0.0, 5.0, 6.0, 1.0, 7.0, 8.0],
        ),
        Example::new(
            Concat { axis: 1 },
            vec![counted(&[1, 1, 1, 2]), given(&[1, 2, 1, 2], &[5.0, 6.0, 7.0, 8.0])],
            &[1, 3, 1, 2],
            &[0.0, 1.0, 5.0, 6.0, 7.0, 8.0],
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Concat", &[2, 3, 4], Away(&[]), |n, x| {
        let (weights, constant) = (n.weights(&[4]), n.weights(&[2, 1, 4]));
        let weighted = n.add(Mul, &[x, weights]);
        n.add(Concat { axis: -2 }, &[x, constant, weighted])
    })])
}

pub fn any(any: &mut Any) -> Op {
    Concat { axis: any.axis() }.into()
}
