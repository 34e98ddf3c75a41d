use super::support::*;

pub fn values() -> Vec<Example> {
    reduction(|keep_dims| ReduceL2 { keep_dims }.into(), [14f64.sqrt(), 17.25f64.sqrt()], 31.25f64.sqrt())
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("ReduceL2", &[2, 3, 4], Between(0.5, 1.5), |n, x| {
        reduced(n, ReduceL2 { keep_dims: false }, x, Some(&[-1, 0]))
    })])
}

pub fn any(any: &mut Any) -> Op {
    ReduceL2 { keep_dims: any.flag() }.into()
}
