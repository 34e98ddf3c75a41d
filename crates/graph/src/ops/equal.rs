use super::elementwise::{Binary, binary_operator, infer_equality};

/// `a = b`, broadcast. ONNX Equal-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equal;

impl Binary for Equal {
    fn apply(&self, a: f32, b: f32) -> f32 {
        f32::from(a == b)
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        Some(i64::from(a == b))
    }
}

binary_operator!(Equal, infer_equality, no gradient);
