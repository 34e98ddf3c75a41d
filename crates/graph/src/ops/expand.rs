use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Broadcasts input 0 with the shape that input 1 holds. ONNX Expand-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expand;

impl Operator for Expand {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
