use super::reduction::{Reduction, reduction_operator};

/// Sum over the axes in input 1 (all, where left out). ONNX ReduceSum-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceSum {
    /// Whether reduced dimensions stay as 1.
    pub keep_dims: bool,
}

impl Reduction for ReduceSum {
    const START: f64 = 0.0;
    const START_INT: Option<i64> = Some(0);

    fn step(so_far: f64, x: f64) -> f64 {
        so_far + x
    }

    fn step_int(so_far: i64, x: i64) -> Option<i64> {
        so_far.checked_add(x)
    }
}

reduction_operator!(ReduceSum, |x, _, dy, _axes| dy.expand(&x.shape()));
