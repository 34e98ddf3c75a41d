use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Inserts dimensions of extent 1 at the output axes that input 1 holds. ONNX Unsqueeze-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsqueeze;

impl Operator for Unsqueeze {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
