use super::elementwise::{Unary, infer_unary, unary_operator};
use super::{Erf, Exp, Tanh};
use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// `y = x · Φ(x)`, exactly or by the tanh approximation. ONNX Gelu-20.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gelu {
    /// Whether to use the tanh approximation.
    pub tanh: bool,
}

/// √(2/π), of the tanh approximation.
const SCALE: f32 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
/// Weight of x³ in the tanh approximation.
const CUBIC: f32 = 0.044_715;
/// 1/√(2π).
const DENSITY_AT_0: f32 = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2;

impl Unary for Gelu {
    fn apply(&self, x: f32) -> f32 {
        if self.tanh {
            0.5 * x * (1.0 + (SCALE * (x + CUBIC * x * x * x)).tanh())
        } else {
            0.5 * x * (1.0 + Erf.apply(x * FRAC_1_SQRT_2))
        }
    }
}

unary_operator!(Gelu, infer_unary, |op, x, _, dy| {
    let slope = if op.tanh {
        let tanh = (SCALE * (x + CUBIC * x * x * x)).apply(Tanh);
        0.5 * (1.0 + tanh) + 0.5 * SCALE * x * (1.0 - tanh * tanh) * (1.0 + 3.0 * CUBIC * x * x)
    } else {
        let cumulative = 0.5 * (1.0 + (FRAC_1_SQRT_2 * x).apply(Erf));
        let density = DENSITY_AT_0 * (-0.5 * x * x).apply(Exp);
        cumulative + x * density
    };
    dy * slope
});
