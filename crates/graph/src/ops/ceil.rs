use super::elementwise::{Unary, infer_unary, unary_operator};

/// ONNX Ceil-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceil;

impl Unary for Ceil {
    fn apply(&self, x: f32) -> f32 {
        x.ceil()
    }
}

unary_operator!(Ceil, infer_unary, no gradient);
