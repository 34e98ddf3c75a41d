use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(Squeeze, vec![counted(&[1, 3, 1, 2]), ints(&[0, 2])], &[3, 2], &count(6))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Squeeze", &[2, 1, 3, 1], Away(&[]), |n, x| with_ints(n, Squeeze, x, &[-1]))])
}

pub fn any(_: &mut Any) -> Op {
    Squeeze.into()
}
