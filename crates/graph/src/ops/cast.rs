use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{DType, GraphError, Reason, Type, ValueId};

/// Converts the element type: float to integer truncates, anything to truth values asks for ≠ 0. ONNX Cast-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cast {
    /// Element type of the result.
    pub to: DType,
}

impl Operator for Cast {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
