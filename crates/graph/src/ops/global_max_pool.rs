use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Maximum over all spatial dimensions, kept as 1. ONNX GlobalMaxPool-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlobalMaxPool;

impl Operator for GlobalMaxPool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
