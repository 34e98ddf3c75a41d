use super::elementwise::{Binary, fold_binary, infer_binary};
use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// `y = a · b`, broadcast. ONNX Mul-14.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mul;

impl Binary for Mul {
    fn apply(&self, a: f32, b: f32) -> f32 {
        a * b
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        a.checked_mul(b)
    }
}

impl Operator for Mul {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        infer_binary(inputs)
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (a, b, dy) = (backward.input(0), backward.input(1), backward.dy());
        let da = if backward.wanted(0) { Some(backward.add(Mul, &[dy, b])?) } else { None };
        let db = if backward.wanted(1) { Some(backward.add(Mul, &[dy, a])?) } else { None };
        Ok(vec![da, db])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        fold_binary(self, inputs, outputs)
    }
}
