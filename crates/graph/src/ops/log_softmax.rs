use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Logarithm of the softmax along one axis. ONNX LogSoftmax-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogSoftmax {
    /// Axis, counted from the end where negative.
    pub axis: isize,
}

impl Operator for LogSoftmax {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
