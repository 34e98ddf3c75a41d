use super::support::*;

pub fn values() -> Vec<Example> {
    // The remainder has the sign of the divisor.
    vec![Example::new(
        Mod,
        vec![given_ints(&[-7, 7, -7, 7, 6]), given_ints(&[3, 3, -3, -3, 3])],
        &[5],
        &[2.0, 1.0, -1.0, -2.0, 0.0],
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("it is of integers")
}

pub fn any(_: &mut Any) -> Op {
    Mod.into()
}
