use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Tanh, POINTS, f64::tanh)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Tanh", &[2, 3, 4], Away(&[]), |n, x| n.add(Tanh, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Tanh.into()
}
