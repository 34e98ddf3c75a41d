use super::reduction::{Reduction, reduction_operator, share_among_equals};

/// Maximum over the axes in input 1 (all, where left out); ties share the gradient equally, as
/// torch.amax. ONNX ReduceMax-20.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceMax {
    /// Whether reduced dimensions stay as 1.
    pub keep_dims: bool,
}

impl Reduction for ReduceMax {
    const START: f64 = f64::NEG_INFINITY;
    const START_INT: Option<i64> = Some(i64::MIN);

    fn step(so_far: f64, x: f64) -> f64 {
        if x > so_far || x.is_nan() { x } else { so_far }
    }

    fn step_int(so_far: i64, x: i64) -> Option<i64> {
        Some(so_far.max(x))
    }
}

reduction_operator!(ReduceMax, |x, y, dy, axes| share_among_equals(x, y, dy, axes));
