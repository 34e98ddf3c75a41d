use super::elementwise::{Unary, infer_unary, unary_operator};
use super::{Sigmoid, Softplus, Tanh};

/// `y = x · tanh(softplus(x))`. ONNX Mish-18.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mish;

impl Unary for Mish {
    fn apply(&self, x: f32) -> f32 {
        x * Softplus.apply(x).tanh()
    }
}

unary_operator!(Mish, infer_unary, |_, x, _, dy| {
    let tanh = x.apply(Softplus).apply(Tanh);
    dy * (tanh + x * x.apply(Sigmoid) * (1.0 - tanh * tanh))
});
