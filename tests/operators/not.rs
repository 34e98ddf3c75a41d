use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(Not, vec![truths(&[4], &[true, true, false, false])], &[4], &[0.0, 0.0, 1.0, 1.0])]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("it takes truth values")
}

pub fn any(_: &mut Any) -> Op {
    Not.into()
}
