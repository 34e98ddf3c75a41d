use super::elementwise::{Unary, infer_unary, unary_operator};

/// Hyperbolic tangent. ONNX Tanh-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tanh;

impl Unary for Tanh {
    fn apply(&self, x: f32) -> f32 {
        x.tanh()
    }
}

unary_operator!(Tanh, infer_unary, |_, _, y, dy| dy * (1.0 - y * y));
