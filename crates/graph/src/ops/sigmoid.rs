use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = 1 / (1 + e^−x)`. ONNX Sigmoid-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigmoid;

impl Unary for Sigmoid {
    fn apply(&self, x: f32) -> f32 {
        1.0 / (1.0 + (-x).exp())
    }
}

unary_operator!(Sigmoid, infer_unary, |_, _, y, dy| dy * y * (1.0 - y));
