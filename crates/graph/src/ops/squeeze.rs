use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Removes the dimensions of extent 1 that input 1 holds (all, where left out). ONNX Squeeze-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Squeeze;

impl Operator for Squeeze {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
