use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Relu, POINTS, |x| if x > 0.0 { x } else { 0.0 })]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Relu", &[2, 3, 4], Away(&[0.0]), |n, x| n.add(Relu, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    Relu.into()
}
