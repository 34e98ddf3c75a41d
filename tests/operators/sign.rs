use super::support::*;

pub fn values() -> Vec<Example> {
    let signs = [-1.0, -1.0, -1.0, -1.0, 0.0, 1.0, 1.0, 1.0];
    vec![Example::new(Sign, vec![given(&EIGHT, &POINTS)], &EIGHT, &signs)]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("a step is flat between its jumps")
}

pub fn any(_: &mut Any) -> Op {
    Sign.into()
}
