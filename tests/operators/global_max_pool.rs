use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(GlobalMaxPool, vec![counted(&[1, 2, 2, 2])], &[1, 2, 1, 1], &[3.0, 7.0])]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("GlobalMaxPool", &[2, 2, 3, 4], Ranked, |n, x| n.add(GlobalMaxPool, &[x]))])
}

pub fn any(_: &mut Any) -> Op {
    GlobalMaxPool.into()
}
