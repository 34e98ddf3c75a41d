use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `(x − mean) / √(variance + epsilon) · scale + bias` over the dimensions from `axis` on. Inputs x, scale, optional bias. ONNX LayerNormalization-17.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNormalization {
    /// First dimension normalised over, counted from the end where negative.
    pub axis: isize,
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operator for LayerNormalization {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
