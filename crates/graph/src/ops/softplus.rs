use super::Sigmoid;
use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = ln(1 + e^x)`. ONNX Softplus-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softplus;

impl Unary for Softplus {
    fn apply(&self, x: f32) -> f32 {
        // e^x overflows, e^−|x| does not.
        x.max(0.0) + (-x.abs()).exp().ln_1p()
    }
}

unary_operator!(Softplus, infer_unary, |_, x, _, dy| dy * x.apply(Sigmoid));
