use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(Mul, POINTS, OTHERS, |a, b| a * b)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Mul", &[2, 3, 4], Between(-2.0, 2.0), |n, x| both(n, Mul, x))])
}

pub fn any(_: &mut Any) -> Op {
    Mul.into()
}
