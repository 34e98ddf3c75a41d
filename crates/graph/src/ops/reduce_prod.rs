use super::reduction::{Reduction, reduction_operator};

/// Product over the axes in input 1 (all, where left out). ONNX ReduceProd-18.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceProd {
    /// Whether reduced dimensions stay as 1.
    pub keep_dims: bool,
}

impl Reduction for ReduceProd {
    const START: f64 = 1.0;
    const START_INT: Option<i64> = Some(1);

    fn step(so_far: f64, x: f64) -> f64 {
        so_far * x
    }

    fn step_int(so_far: i64, x: i64) -> Option<i64> {
        so_far.checked_mul(x)
    }
}

reduction_operator!(ReduceProd, |x, _, dy, axes| {
    // The product of the others is y / x, but for zeros: beside one zero only its own derivative is
    // left, beside two none.
    let zero = x.equals(0.0);
    let zeros = zero.to_f32().sum(axes);
    let filled = zero.pick(1.0, x);
    let product = filled.product(axes);
    dy * zero.pick(zeros.equals(1.0).pick(product, 0.0), zeros.equals(0.0).pick(product / filled, 0.0))
});
