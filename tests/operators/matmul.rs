use super::support::*;

pub fn values() -> Vec<Example> {
    assert_eq!(product(&X, &W, [2, 3, 2]), XW);
    let batch = [W, W_TRANSPOSED].concat();
    let stacked = [product(&W, &X, [3, 2, 3]), product(&W_TRANSPOSED, &X, [3, 2, 3])].concat();
    vec![
        Example::new(MatMul, vec![given(&[2, 3], &X), known(&[3, 2], &W)], &[2, 2], &XW),
        Example::new(MatMul, vec![given(&[2, 3, 2], &batch), given(&[2, 3], &X)], &[2, 3, 3], &stacked),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        curved("MatMul", &[2, 3, 4], Between(-1.0, 1.0), |n, x| {
            let weights = n.weights(&[4, 3]);
            let right = n.add(MatMul, &[x, weights]);
            n.add(MatMul, &[right, x])
        }),
        flat("MatMul on the left of a batch", &[3, 4], Between(-1.0, 1.0), |n, x| {
            let weights = n.weights(&[2, 5, 3]);
            n.add(MatMul, &[weights, x])
        }),
        curved("MatMul of vectors", &[4], Between(-1.0, 1.0), |n, x| {
            let (left, right) = (n.weights(&[2, 5, 4]), n.weights(&[4, 5]));
            let (column, row) = (n.add(MatMul, &[left, x]), n.add(MatMul, &[x, right]));
            let dot = n.add(MatMul, &[x, x]);
            let scaled = n.add(Mul, &[column, dot]);
            n.add(MatMul, &[scaled, row])
        }),
    ])
}

pub fn any(_: &mut Any) -> Op {
    MatMul.into()
}
