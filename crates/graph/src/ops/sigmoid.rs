use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = 1 / (1 + e^−x)`. ONNX Sigmoid-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigmoid;

impl Operator for Sigmoid {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
