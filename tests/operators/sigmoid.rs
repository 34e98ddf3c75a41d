use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Sigmoid, POINTS, sigmoid)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Sigmoid", &[2, 3, 4], Away(&[]), |n, x| n.add(Sigmoid, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Sigmoid.into()
}
