use super::Sign;
use super::elementwise::{Unary, infer_unary_number, unary_operator};

/// `y = |x|`. ONNX Abs-13; the derivative at 0 is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Abs;

impl Unary for Abs {
    fn apply(&self, x: f32) -> f32 {
        x.abs()
    }

    fn apply_int(&self, x: i64) -> Option<i64> {
        x.checked_abs()
    }
}

unary_operator!(Abs, infer_unary_number, |_, x, _, dy| dy * x.apply(Sign));
