use super::elementwise::{Unary, infer_unary_number, unary_operator};

/// `y = −x`. ONNX Neg-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neg;

impl Unary for Neg {
    fn apply(&self, x: f32) -> f32 {
        -x
    }

    fn apply_int(&self, x: i64) -> Option<i64> {
        x.checked_neg()
    }
}

unary_operator!(Neg, infer_unary_number, |_, _, _, dy| -dy);
