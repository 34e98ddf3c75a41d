use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `e^x / Σ e^x` along one axis. ONNX Softmax-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softmax {
    /// Axis, counted from the end where negative.
    pub axis: isize,
}

impl Operator for Softmax {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
