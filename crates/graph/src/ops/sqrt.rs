use super::elementwise::{Unary, infer_unary, unary_operator};

/// Square root. ONNX Sqrt-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sqrt;

impl Unary for Sqrt {
    fn apply(&self, x: f32) -> f32 {
        x.sqrt()
    }
}

unary_operator!(Sqrt, infer_unary, |_, _, y, dy| 0.5 * dy / y);
