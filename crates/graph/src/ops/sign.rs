use super::elementwise::{Unary, infer_unary_number, unary_operator};

/// −1, 0 or 1. ONNX Sign-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sign;

impl Unary for Sign {
    fn apply(&self, x: f32) -> f32 {
        if x == 0.0 { 0.0 } else { x.signum() }
    }

    fn apply_int(&self, x: i64) -> Option<i64> {
        Some(x.signum())
    }
}

unary_operator!(Sign, infer_unary_number, no gradient);
