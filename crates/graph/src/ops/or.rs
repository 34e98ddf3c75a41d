use super::elementwise::{Binary, binary_operator, infer_logic};

/// Logical or, broadcast. ONNX Or-7.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Or;

impl Binary for Or {
    fn apply(&self, a: f32, b: f32) -> f32 {
        f32::from(a != 0.0 || b != 0.0)
    }
}

binary_operator!(Or, infer_logic, no gradient);
