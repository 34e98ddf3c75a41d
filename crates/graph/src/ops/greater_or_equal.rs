use super::elementwise::{Binary, binary_operator, infer_comparison};

/// `a ≥ b`, broadcast. ONNX GreaterOrEqual-16.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GreaterOrEqual;

impl Binary for GreaterOrEqual {
    fn apply(&self, a: f32, b: f32) -> f32 {
        f32::from(a >= b)
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        Some(i64::from(a >= b))
    }
}

binary_operator!(GreaterOrEqual, infer_comparison, no gradient);
