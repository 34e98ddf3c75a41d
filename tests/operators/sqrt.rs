use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Sqrt, POSITIVE, f64::sqrt)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Sqrt", &[2, 3, 4], Between(0.5, 2.0), |n, x| n.add(Sqrt, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Sqrt.into()
}
