use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(HardSigmoid { alpha: 0.25, beta: 0.5 }, POINTS, |x| (x / 4.0 + 0.5).clamp(0.0, 1.0))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("HardSigmoid", &[2, 3, 4], Away(&[-3.0, 3.0]), |n, x| {
        n.add(HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, &[x])
    })])
}

pub fn any(any: &mut Any) -> Op {
    HardSigmoid { alpha: any.float(), beta: any.float() }.into()
}
