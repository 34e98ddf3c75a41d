use super::elementwise::{Unary, infer_unary, unary_operator};

/// ONNX Floor-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor;

impl Unary for Floor {
    fn apply(&self, x: f32) -> f32 {
        x.floor()
    }
}

unary_operator!(Floor, infer_unary, no gradient);
