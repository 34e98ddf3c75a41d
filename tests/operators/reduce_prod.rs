use super::support::*;

pub fn values() -> Vec<Example> {
    reduction(|keep_dims| ReduceProd { keep_dims }.into(), [-6.0, -2.0], 12.0)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("ReduceProd", &[2, 3, 4], Between(0.5, 1.5), |n, x| {
        reduced(n, ReduceProd { keep_dims: false }, x, Some(&[1]))
    })])
}

pub fn any(any: &mut Any) -> Op {
    ReduceProd { keep_dims: any.flag() }.into()
}
