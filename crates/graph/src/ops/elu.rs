use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = x` where x > 0, else `alpha · (e^x − 1)`. ONNX Elu-6; the derivative at 0 is `alpha`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elu {
    /// Scale of the negative side.
    pub alpha: f32,
}

impl Unary for Elu {
    fn apply(&self, x: f32) -> f32 {
        if x > 0.0 { x } else { self.alpha * x.exp_m1() }
    }
}

unary_operator!(Elu, infer_unary, |op, x, y, dy| x.above(0.0).pick(dy, dy * (y + op.alpha)));
