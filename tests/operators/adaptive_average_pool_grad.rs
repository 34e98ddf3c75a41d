use super::support::*;

pub fn values() -> Vec<Example> {
    let overlapping = [1.0, 3.0, 5.0, 3.0, 1.0, 3.0, 5.0, 3.0, 4.0, 9.0, 11.0, 6.0, 4.0, 9.0, 11.0, 6.0];
    vec![Example::new(
        AdaptiveAveragePoolGrad { input: [4, 4] },
        vec![given(&[1, 1, 2, 3], &[4.0, 8.0, 12.0, 16.0, 20.0, 24.0])],
        &MAP,
        &overlapping,
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("AdaptiveAveragePoolGrad", &[2, 4, 3, 4], Away(&[]), |n, dy| {
        n.add(AdaptiveAveragePoolGrad { input: [7, 6] }, &[dy])
    })])
}

pub fn any(any: &mut Any) -> Op {
    AdaptiveAveragePoolGrad { input: any.pair() }.into()
}
