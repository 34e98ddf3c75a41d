use super::elementwise::{Binary, binary_operator, infer_binary};

/// `y = a + b`, broadcast. ONNX Add-14.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Add;

impl Binary for Add {
    fn apply(&self, a: f32, b: f32) -> f32 {
        a + b
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        a.checked_add(b)
    }
}

binary_operator!(Add, infer_binary, |_, _, _, dy| (dy, dy));
