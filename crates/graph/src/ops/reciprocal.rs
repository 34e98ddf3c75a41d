use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = 1 / x`. ONNX Reciprocal-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reciprocal;

impl Unary for Reciprocal {
    fn apply(&self, x: f32) -> f32 {
        x.recip()
    }
}

unary_operator!(Reciprocal, infer_unary, |_, _, y, dy| -dy * y * y);
