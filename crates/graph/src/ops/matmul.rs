use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Matrix product over the last two dimensions, batch dimensions broadcast, as `numpy.matmul`. ONNX MatMul-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatMul;

impl Operator for MatMul {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
