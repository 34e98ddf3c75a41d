use super::elementwise::{Binary, binary_operator, infer_binary};

/// `y = a · b`, broadcast. ONNX Mul-14.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mul;

impl Binary for Mul {
    fn apply(&self, a: f32, b: f32) -> f32 {
        a * b
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        a.checked_mul(b)
    }
}

binary_operator!(Mul, infer_binary, |a, b, _, dy| (dy * b, dy * a));
