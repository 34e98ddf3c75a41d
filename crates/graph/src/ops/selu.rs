use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = gamma · x` where x > 0, else `gamma · alpha · (e^x − 1)`. ONNX Selu-6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selu {
    /// Scale of the negative side.
    pub alpha: f32,
    /// Scale of both sides.
    pub gamma: f32,
}

impl Operator for Selu {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
