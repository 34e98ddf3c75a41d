use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Dropout, POINTS, |x| x)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Dropout", &[2, 3, 4], Away(&[]), |n, x| n.add(Dropout, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Dropout.into()
}
