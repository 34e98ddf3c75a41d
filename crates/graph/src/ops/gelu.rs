use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = x · Φ(x)`, exactly or by the tanh approximation. ONNX Gelu-20.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gelu {
    /// Whether to use the tanh approximation.
    pub tanh: bool,
}

impl Operator for Gelu {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
