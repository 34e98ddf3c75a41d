use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Rows of input 0 along `axis` at the indices that input 1 holds. ONNX Gather-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gather {
    /// Axis, counted from the end where negative.
    pub axis: isize,
}

impl Operator for Gather {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
