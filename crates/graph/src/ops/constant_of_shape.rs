use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// A tensor of the shape that input 0 holds, filled with `value`. ONNX ConstantOfShape-20.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantOfShape {
    /// The element, a tensor of one.
    pub value: Tensor,
}

impl Operator for ConstantOfShape {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
