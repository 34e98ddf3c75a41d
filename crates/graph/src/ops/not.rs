use super::elementwise::{Unary, infer_not, unary_operator};

/// Logical negation. ONNX Not-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Not;

impl Unary for Not {
    fn apply(&self, x: f32) -> f32 {
        f32::from(x == 0.0)
    }
}

unary_operator!(Not, infer_not, no gradient);
