use super::reduction::{Reduction, reduction_operator};

/// Mean over the axes in input 1 (all, where left out). ONNX ReduceMean-18.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceMean {
    /// Whether reduced dimensions stay as 1.
    pub keep_dims: bool,
}

impl Reduction for ReduceMean {
    const START: f64 = 0.0;
    const START_INT: Option<i64> = Some(0);

    fn step(so_far: f64, x: f64) -> f64 {
        so_far + x
    }

    fn step_int(so_far: i64, x: i64) -> Option<i64> {
        so_far.checked_add(x)
    }

    fn finish(total: f64, count: usize) -> f64 {
        total / count as f64
    }

    fn finish_int(total: i64, count: usize) -> Option<i64> {
        total.checked_div(i64::try_from(count).ok()?)
    }
}

reduction_operator!(ReduceMean, |x, _, dy, axes| {
    let shape = x.shape();
    let count: f32 = axes.iter().map(|&axis| shape[axis] as f32).product();
    (dy * (1.0 / count)).expand(&shape)
});
