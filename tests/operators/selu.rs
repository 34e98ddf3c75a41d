use super::support::*;

pub fn values() -> Vec<Example> {
    let (alpha, gamma) = (1.673_263_2, 1.050_701);
    vec![of_one(Selu { alpha: alpha as f32, gamma: gamma as f32 }, POINTS, |x| {
        if x > 0.0 { gamma * x } else { gamma * alpha * (x.exp() - 1.0) }
    })]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Selu", &[2, 3, 4], Away(&[0.0]), |n, x| {
        n.add(Selu { alpha: 1.6733, gamma: 1.0507 }, &[x])
    })])
}

pub fn any(any: &mut Any) -> Op {
    Selu { alpha: any.float(), gamma: any.float() }.into()
}
