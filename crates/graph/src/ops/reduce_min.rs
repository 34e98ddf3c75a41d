use super::reduction::{Reduction, reduction_operator, share_among_equals};

/// Minimum over the axes in input 1 (all, where left out). ONNX ReduceMin-20.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceMin {
    /// Whether reduced dimensions stay as 1.
    pub keep_dims: bool,
}

impl Reduction for ReduceMin {
    const START: f64 = f64::INFINITY;
    const START_INT: Option<i64> = Some(i64::MAX);

    fn step(so_far: f64, x: f64) -> f64 {
        if x < so_far || x.is_nan() { x } else { so_far }
    }

    fn step_int(so_far: i64, x: i64) -> Option<i64> {
        Some(so_far.min(x))
    }
}

reduction_operator!(ReduceMin, |x, y, dy, axes| share_among_equals(x, y, dy, axes));
