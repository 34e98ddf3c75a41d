use super::support::*;

pub fn values() -> Vec<Example> {
    // Along the first dimension pairs stand three apart.
    let down: Vec<f64> = (0..6).map(|i| X[i].exp() / (X[i % 3].exp() + X[i % 3 + 3].exp())).collect();
    vec![
        Example::new(Softmax { axis: -1 }, vec![given(&[2, 3], &X)], &[2, 3], &softmax()),
        Example::new(Softmax { axis: 0 }, vec![given(&[2, 3], &X)], &[2, 3], &down),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Softmax", &[2, 3, 4], Between(-2.0, 2.0), |n, x| n.add(Softmax { axis: 1 }, &[x]))])
}

pub fn any(any: &mut Any) -> Op {
    Softmax { axis: any.axis() }.into()
}
