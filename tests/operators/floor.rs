use super::support::*;

pub fn values() -> Vec<Example> {
    vec![of_one(Floor, HALVES, f64::floor)]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("a step is flat between its jumps")
}

pub fn any(_: &mut Any) -> Op {
    Floor.into()
}
