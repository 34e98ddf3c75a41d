use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(LessOrEqual, POINTS, OTHERS, as_number(f64::le))
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("a comparison gives truth values")
}

pub fn any(_: &mut Any) -> Op {
    LessOrEqual.into()
}
