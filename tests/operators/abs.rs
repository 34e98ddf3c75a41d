use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Abs, POINTS, f64::abs)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Abs", &[2, 3, 4], Away(&[0.0]), |n, x| n.add(Abs, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Abs.into()
}
