use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(Reshape::default(), vec![counted(&[2, 3, 2]), ints(&[0, -1])], &[2, 6], &count(12))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Reshape", &[2, 3, 4], Away(&[]), |n, x| {
        with_ints(n, Reshape::default(), x, &[0, -1, 2, 2])
    })])
}

pub fn any(any: &mut Any) -> Op {
    Reshape { allow_zero: any.flag() }.into()
}
