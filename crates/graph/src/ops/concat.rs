use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Joins any number of inputs along one axis. ONNX Concat-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concat {
    /// Axis, counted from the end where negative.
    pub axis: isize,
}

impl Operator for Concat {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
