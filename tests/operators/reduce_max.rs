use super::support::*;

pub fn values() -> Vec<Example> {
    reduction(|keep_dims| ReduceMax { keep_dims }.into(), [3.0, 4.0], 4.0)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("ReduceMax", &[2, 3, 4], Ranked, |n, x| {
        reduced(n, ReduceMax { keep_dims: false }, x, Some(&[1]))
    })])
}

pub fn any(any: &mut Any) -> Op {
    ReduceMax { keep_dims: any.flag() }.into()
}
