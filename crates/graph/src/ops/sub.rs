use super::elementwise::{Binary, binary_operator, infer_binary};

/// `y = a − b`, broadcast. ONNX Sub-14.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sub;

impl Binary for Sub {
    fn apply(&self, a: f32, b: f32) -> f32 {
        a - b
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        a.checked_sub(b)
    }
}

binary_operator!(Sub, infer_binary, |_, _, _, dy| (dy, -dy));
