use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Elu { alpha: 0.75 }, POINTS, |x| if x > 0.0 { x } else { 0.75 * (x.exp() - 1.0) })]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Elu", &[2, 3, 4], Away(&[0.0]), |n, x| n.add(Elu { alpha: 0.7 }, &[x]))])
}

pub fn any(any: &mut Any) -> Op {
    Elu { alpha: any.float() }.into()
}
