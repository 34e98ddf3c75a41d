use super::support::*;

pub fn values() -> Vec<Example> {
    reduction(|keep_dims| ReduceMin { keep_dims }.into(), [-2.0, -1.0], -2.0)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("ReduceMin", &[2, 3, 4], Ranked, |n, x| {
        reduced(n, ReduceMin { keep_dims: true }, x, None)
    })])
}

pub fn any(any: &mut Any) -> Op {
    ReduceMin { keep_dims: any.flag() }.into()
}
