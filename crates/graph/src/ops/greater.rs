use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `a > b`, broadcast. ONNX Greater-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Greater;

impl Operator for Greater {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
