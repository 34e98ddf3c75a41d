use super::elementwise::{Binary, binary_operator, infer_binary};
use super::formula::Term;

/// The smaller of two, broadcast; readers chain more operands. ONNX Min-13; equal operands share
/// the gradient, as in `torch.minimum`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Min;

impl Binary for Min {
    fn apply(&self, a: f32, b: f32) -> f32 {
        // A NaN on either side comes out.
        if a < b || a.is_nan() { a } else { b }
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        Some(a.min(b))
    }
}

binary_operator!(Min, infer_binary, |a, b, _, dy| (share(a, b, dy), share(b, a, dy)));

/// The part of the cotangent that `mine` gets: all where it is the minimum, half where both are.
fn share<'s>(mine: Term<'s>, other: Term<'s>, dy: Term<'s>) -> Term<'s> {
    mine.below(other).pick(dy, mine.equals(other).pick(0.5 * dy, 0.0))
}
