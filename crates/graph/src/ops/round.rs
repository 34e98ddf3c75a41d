use super::elementwise::{Unary, infer_unary, unary_operator};

/// To the nearest integer, halves to even. ONNX Round-11.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round;

impl Unary for Round {
    fn apply(&self, x: f32) -> f32 {
        x.round_ties_even()
    }
}

unary_operator!(Round, infer_unary, no gradient);
