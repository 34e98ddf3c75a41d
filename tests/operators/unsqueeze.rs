use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(Unsqueeze, vec![counted(&[3, 2]), ints(&[0, -1])], &[1, 3, 2, 1], &count(6))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Unsqueeze", &[2, 3, 4], Away(&[]), |n, x| with_ints(n, Unsqueeze, x, &[0, -2]))])
}

pub fn any(_: &mut Any) -> Op {
    Unsqueeze.into()
}
