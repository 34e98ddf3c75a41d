use super::support::*;

pub fn values() -> Vec<Example> {
    let normal = |x: f64| (1.0 + erf(x / 2f64.sqrt())) / 2.0;
    let by_tanh = |x: f64| x / 2.0 * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh());
    vec![of_one(Gelu { tanh: false }, POINTS, |x| x * normal(x)), of_one(Gelu { tanh: true }, POINTS, by_tanh)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        curved("Gelu", &[2, 3, 4], Away(&[]), |n, x| n.add(Gelu { tanh: false }, &[x])),
        curved("Gelu by tanh", &[2, 3, 4], Away(&[]), |n, x| n.add(Gelu { tanh: true }, &[x])),
    ])
}

pub fn any(any: &mut Any) -> Op {
    Gelu { tanh: any.flag() }.into()
}
