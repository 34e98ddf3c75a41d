use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = x · sigmoid(x)`, also called swish. ONNX Swish-24; older files spell it out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silu;

impl Operator for Silu {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
