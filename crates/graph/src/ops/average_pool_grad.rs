use super::{AveragePool, Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Cotangent of the input of an [`AveragePool`](super::AveragePool): input dy. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AveragePoolGrad {
    /// The pooling.
    pub pool: AveragePool,
    /// Height and width of the pooling's input.
    pub input: [usize; 2],
}

impl Operator for AveragePoolGrad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
