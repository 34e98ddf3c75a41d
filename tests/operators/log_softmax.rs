use super::support::*;

pub fn values() -> Vec<Example> {
    let logarithms: Vec<f64> = softmax().iter().map(|x| x.ln()).collect();
    vec![Example::new(LogSoftmax { axis: 1 }, vec![given(&[2, 3], &X)], &[2, 3], &logarithms)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("LogSoftmax", &[2, 3, 4], Between(-2.0, 2.0), |n, x| {
        n.add(LogSoftmax { axis: -1 }, &[x])
    })])
}

pub fn any(any: &mut Any) -> Op {
    LogSoftmax { axis: any.axis() }.into()
}
