use super::support::*;

pub fn values() -> Vec<Example> {
    let (a, b) = ([true, true, false, false], [true, false, true, false]);
    vec![Example::new(Or, vec![truths(&[4], &a), truths(&[4], &b)], &[4], &[1.0, 1.0, 1.0, 0.0])]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("it takes truth values")
}

pub fn any(_: &mut Any) -> Op {
    Or.into()
}
