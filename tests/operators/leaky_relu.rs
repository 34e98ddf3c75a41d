use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(LeakyRelu { alpha: 0.125 }, POINTS, |x| if x < 0.0 { x / 8.0 } else { x })]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("LeakyRelu", &[2, 3, 4], Away(&[0.0]), |n, x| n.add(LeakyRelu { alpha: 0.1 }, &[x]))])
}

pub fn any(any: &mut Any) -> Op {
    LeakyRelu { alpha: any.float() }.into()
}
