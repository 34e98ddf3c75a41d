use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `a ≥ b`, broadcast. ONNX GreaterOrEqual-16.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GreaterOrEqual;

impl Operator for GreaterOrEqual {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
