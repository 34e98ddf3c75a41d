use super::Sigmoid;
use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = x · sigmoid(x)`, also called swish. ONNX Swish-24; older files spell it out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silu;

impl Unary for Silu {
    fn apply(&self, x: f32) -> f32 {
        x / (1.0 + (-x).exp())
    }
}

unary_operator!(Silu, infer_unary, |_, x, _, dy| {
    let sigmoid = x.apply(Sigmoid);
    dy * sigmoid * (1.0 + x * (1.0 - sigmoid))
});
