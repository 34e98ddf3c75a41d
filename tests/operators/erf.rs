use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Erf, POINTS, erf)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Erf", &[2, 3, 4], Between(-2.0, 2.0), |n, x| n.add(Erf, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Erf.into()
}
