use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Mish, POINTS, |x| x * softplus(x).tanh())]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Mish", &[2, 3, 4], Away(&[]), |n, x| n.add(Mish, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Mish.into()
}
