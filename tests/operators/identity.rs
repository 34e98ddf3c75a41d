use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Identity, POINTS, |x| x)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Identity", &[2, 3, 4], Away(&[]), |n, x| n.add(Identity, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Identity.into()
}
