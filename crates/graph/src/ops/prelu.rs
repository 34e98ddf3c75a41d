use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = x` where x ≥ 0, else `slope · x`, slope broadcast to x. ONNX PRelu-16.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PRelu;

impl Operator for PRelu {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
