use super::reduction::{Reduction, reduction_operator};

/// Euclidean norm over the axes in input 1 (all, where left out). ONNX ReduceL2-18.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceL2 {
    /// Whether reduced dimensions stay as 1.
    pub keep_dims: bool,
}

impl Reduction for ReduceL2 {
    const START: f64 = 0.0;
    const START_INT: Option<i64> = None;

    fn step(so_far: f64, x: f64) -> f64 {
        x.mul_add(x, so_far)
    }

    fn step_int(_so_far: i64, _x: i64) -> Option<i64> {
        None
    }

    fn finish(total: f64, _count: usize) -> f64 {
        total.sqrt()
    }
}

reduction_operator!(ReduceL2, |x, y, dy, _axes| {
    // At the origin the norm has a kink; PyTorch takes 0 there.
    let origin = y.equals(0.0);
    origin.pick(0.0, dy * x / origin.pick(1.0, y))
});
