use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Normalises groups of channels of each image over space; scale and bias per channel. Inputs x, scale, bias. ONNX GroupNormalization-21.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNormalization {
    /// Number of groups.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operator for GroupNormalization {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
