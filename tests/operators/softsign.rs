use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Softsign, POINTS, |x| x / (1.0 + x.abs()))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Softsign", &[2, 3, 4], Away(&[0.0]), |n, x| n.add(Softsign, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Softsign.into()
}
