use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Softplus, POINTS, softplus)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Softplus", &[2, 3, 4], Away(&[]), |n, x| n.add(Softplus, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Softplus.into()
}
