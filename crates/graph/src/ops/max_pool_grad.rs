use super::{MaxPool, Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Cotangent of the input of a [`MaxPool`](super::MaxPool): inputs x, dy. The first maximum of a window in row-major order takes all. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPoolGrad {
    /// The pooling.
    pub pool: MaxPool,
}

impl Operator for MaxPoolGrad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
