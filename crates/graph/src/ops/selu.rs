use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = gamma · x` where x > 0, else `gamma · alpha · (e^x − 1)`. ONNX Selu-6; the derivative at 0
/// is `gamma · alpha`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selu {
    /// Scale of the negative side.
    pub alpha: f32,
    /// Scale of both sides.
    pub gamma: f32,
}

impl Unary for Selu {
    fn apply(&self, x: f32) -> f32 {
        self.gamma * if x > 0.0 { x } else { self.alpha * x.exp_m1() }
    }
}

unary_operator!(Selu, infer_unary, |op, x, y, dy| x.above(0.0).pick(op.gamma * dy, dy * (y + op.gamma * op.alpha)));
