use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(Add, POINTS, OTHERS, |a, b| a + b)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Add", &[2, 3, 4], Away(&[]), |n, x| both(n, Add, x))])
}

pub fn any(_: &mut Any) -> Op {
    Add.into()
}
