use super::elementwise::{Unary, infer_unary, unary_operator};

/// Natural logarithm. ONNX Log-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Log;

impl Unary for Log {
    fn apply(&self, x: f32) -> f32 {
        x.ln()
    }
}

unary_operator!(Log, infer_unary, |_, x, _, dy| dy / x);
