use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Ceil, HALVES, f64::ceil)]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("a step is flat between its jumps")
}

pub fn any(_: &mut Any) -> Op {
    Ceil.into()
}
