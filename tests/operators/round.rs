use super::support::*;

pub fn values() -> Vec<Example> {
    // Halves go to the even neighbour.
    let rounded = [-2.0, -2.0, 0.0, 0.0, 2.0, 2.0, 0.0, -1.0];
    vec![Example::new(Round, vec![given(&EIGHT, &HALVES)], &EIGHT, &rounded)]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("a step is flat between its jumps")
}

pub fn any(_: &mut Any) -> Op {
    Round.into()
}
