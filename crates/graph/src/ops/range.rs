use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// start, start + delta, … below limit. ONNX Range-11.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range;

impl Operator for Range {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
