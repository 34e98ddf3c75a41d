use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Log, POSITIVE, f64::ln)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Log", &[2, 3, 4], Between(0.5, 2.0), |n, x| n.add(Log, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Log.into()
}
