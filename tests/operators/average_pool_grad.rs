use super::support::*;

pub fn values() -> Vec<Example> {
    let quarters = [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 3.0, 3.0, 4.0, 4.0];
    vec![Example::new(
        AveragePoolGrad { pool: disjoint_average(), input: [4, 4] },
        vec![given(&[1, 1, 2, 2], &[4.0, 8.0, 12.0, 16.0])],
        &MAP,
        &quarters,
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("AveragePoolGrad", &[2, 4, 3, 2], Away(&[]), |n, dy| {
        n.add(AveragePoolGrad { pool: overlapping_average(false, false), input: [7, 6] }, &[dy])
    })])
}

pub fn any(any: &mut Any) -> Op {
    AveragePoolGrad { pool: any.average_pool(), input: any.pair() }.into()
}
