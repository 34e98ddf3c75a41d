use super::support::*;

pub fn values() -> Vec<Example> {
    let repeated = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0];
    vec![Example::new(Expand, vec![counted(&[2, 1]), ints(&[2, 1, 2])], &[2, 2, 2], &repeated)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Expand", &[3, 1], Away(&[]), |n, x| with_ints(n, Expand, x, &[2, 1, 4]))])
}

pub fn any(_: &mut Any) -> Op {
    Expand.into()
}
