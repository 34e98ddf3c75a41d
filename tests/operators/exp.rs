use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Exp, POINTS, f64::exp)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Exp", &[2, 3, 4], Between(-2.0, 2.0), |n, x| n.add(Exp, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Exp.into()
}
