use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Cotangent of the input of an [`AdaptiveAveragePool`](super::AdaptiveAveragePool): input dy. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveAveragePoolGrad {
    /// Height and width of the pooling's input.
    pub input: [usize; 2],
}

impl Operator for AdaptiveAveragePoolGrad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
