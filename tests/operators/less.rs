use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(Less, POINTS, OTHERS, as_number(f64::lt))
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("a comparison gives truth values")
}

pub fn any(_: &mut Any) -> Op {
    Less.into()
}
