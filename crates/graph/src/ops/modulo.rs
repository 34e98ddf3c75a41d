use super::elementwise::{Binary, binary_operator, infer_integers};

/// Remainder. ONNX Mod-13; integers only here, for shape arithmetic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mod;

impl Binary for Mod {
    fn apply(&self, a: f32, b: f32) -> f32 {
        a - (a / b).floor() * b
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        // The remainder has the sign of the divisor, as in Python.
        let remainder = a.checked_rem(b)?;
        Some(if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder })
    }
}

binary_operator!(Mod, infer_integers, no gradient);
