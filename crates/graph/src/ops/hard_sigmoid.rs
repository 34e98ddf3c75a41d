use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = min(max(alpha · x + beta, 0), 1)`. ONNX HardSigmoid-6; PyTorch's has alpha 1/6, beta 1/2.
/// The derivative at the bounds is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HardSigmoid {
    /// Slope.
    pub alpha: f32,
    /// Offset.
    pub beta: f32,
}

impl Unary for HardSigmoid {
    fn apply(&self, x: f32) -> f32 {
        (self.alpha * x + self.beta).clamp(0.0, 1.0)
    }
}

unary_operator!(HardSigmoid, infer_unary, |op, _, y, dy| {
    let slope = y.above(0.0).pick(y.below(1.0).pick(op.alpha, 0.0), 0.0);
    dy * slope
});
