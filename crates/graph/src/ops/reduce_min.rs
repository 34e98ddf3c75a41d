use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Minimum over the axes in input 1 (all, where left out). ONNX ReduceMin-20.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceMin {
    /// Whether reduced dimensions stay as 1.
    pub keep_dims: bool,
}

impl Operator for ReduceMin {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
