use super::elementwise::{Unary, infer_unary, unary_operator};

/// `y = x · min(max(x / 6 + 1/2, 0), 1)`. ONNX HardSwish-14.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HardSwish;

impl Unary for HardSwish {
    fn apply(&self, x: f32) -> f32 {
        x * (x + 3.0).clamp(0.0, 6.0) / 6.0
    }
}

unary_operator!(HardSwish, infer_unary, |_, x, _, dy| {
    let inside = dy * (x / 3.0 + 0.5);
    x.above(-3.0).pick(x.below(3.0).pick(inside, dy), 0.0)
});
