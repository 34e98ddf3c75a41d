use super::elementwise::{Binary, binary_operator, infer_logic};

/// Logical and, broadcast. ONNX And-7.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct And;

impl Binary for And {
    fn apply(&self, a: f32, b: f32) -> f32 {
        f32::from(a != 0.0 && b != 0.0)
    }
}

binary_operator!(And, infer_logic, no gradient);
