use super::elementwise::{Binary, binary_operator, infer_binary};

/// `y = a / b`, broadcast; integers truncate. ONNX Div-14.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Div;

impl Binary for Div {
    fn apply(&self, a: f32, b: f32) -> f32 {
        a / b
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        a.checked_div(b)
    }
}

binary_operator!(Div, infer_binary, |_, b, y, dy| (dy / b, -dy * y / b));
