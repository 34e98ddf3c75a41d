use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(GlobalAveragePool, vec![counted(&[1, 2, 2, 2])], &[1, 2, 1, 1], &[1.5, 5.5])]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("GlobalAveragePool", &[2, 4, 7, 6], Away(&[]), |n, x| n.add(GlobalAveragePool, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    GlobalAveragePool.into()
}
