use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Silu, POINTS, |x| x * sigmoid(x))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Silu", &[2, 3, 4], Away(&[]), |n, x| n.add(Silu, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Silu.into()
}
