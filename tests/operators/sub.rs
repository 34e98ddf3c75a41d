use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(Sub, POINTS, OTHERS, |a, b| a - b)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Sub", &[2, 3, 4], Away(&[]), |n, x| both(n, Sub, x))])
}

pub fn any(_: &mut Any) -> Op {
    Sub.into()
}
