use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(HardSwish, POINTS, |x| x * ((x + 3.0) / 6.0).clamp(0.0, 1.0))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("HardSwish", &[2, 3, 4], Away(&[-3.0, 3.0]), |n, x| n.add(HardSwish, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    HardSwish.into()
}
