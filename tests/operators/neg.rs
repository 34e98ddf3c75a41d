use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Neg, POINTS, |x| -x)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Neg", &[2, 3, 4], Away(&[]), |n, x| n.add(Neg, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Neg.into()
}
