use super::Abs;
use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = x / (1 + |x|)`. ONNX Softsign-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softsign;

impl Unary for Softsign {
    fn apply(&self, x: f32) -> f32 {
        x / (1.0 + x.abs())
    }
}

unary_operator!(Softsign, infer_unary, |_, x, _, dy| {
    let scale = 1.0 + x.apply(Abs);
    dy / (scale * scale)
});
