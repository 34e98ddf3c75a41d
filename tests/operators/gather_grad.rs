use super::support::*;

pub fn values() -> Vec<Example> {
    // Row 2 is named twice, row 1 and row 3 never.
    vec![Example::new(
        GatherGrad { axis: 0, extent: 4 },
        vec![given(&[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), given_ints(&[2, 0, 2])],
        &[4, 2],
        &[3.0, 4.0, 0.0, 0.0, 6.0, 8.0, 0.0, 0.0],
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("GatherGrad", &[2, 4, 3], Away(&[]), |n, dy| {
        with_ints(n, GatherGrad { axis: 1, extent: 3 }, dy, &[2, 0, -1, 2])
    })])
}

pub fn any(any: &mut Any) -> Op {
    GatherGrad { axis: any.count(), extent: any.count() }.into()
}
