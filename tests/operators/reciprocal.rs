use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Reciprocal, POSITIVE, |x| 1.0 / x)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Reciprocal", &[2, 3, 4], Between(0.5, 2.0), |n, x| n.add(Reciprocal, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Reciprocal.into()
}
