use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = x` where x ≥ 0, else `alpha · x`. ONNX LeakyRelu-16; the derivative at 0 is `alpha`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyRelu {
    /// Slope of the negative side.
    pub alpha: f32,
}

impl Unary for LeakyRelu {
    fn apply(&self, x: f32) -> f32 {
        if x >= 0.0 { x } else { self.alpha * x }
    }
}

unary_operator!(LeakyRelu, infer_unary, |op, x, _, dy| x.above(0.0).pick(dy, op.alpha * dy));
