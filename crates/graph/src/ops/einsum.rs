use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Sum of products by an equation of two operands that amounts to a matrix product. ONNX Einsum-12.
#[derive(Clone, Debug, PartialEq)]
pub struct Einsum {
    /// The equation, such as `bij,bjk->bik`.
    pub equation: String,
}

impl Operator for Einsum {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
