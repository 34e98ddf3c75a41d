use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = e^x`. ONNX Exp-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exp;

impl Unary for Exp {
    fn apply(&self, x: f32) -> f32 {
        x.exp()
    }
}

unary_operator!(Exp, infer_unary, |_, _, y, dy| dy * y);
