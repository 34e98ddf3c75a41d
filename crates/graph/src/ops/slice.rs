use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Inputs data, starts, ends, optional axes, optional steps. ONNX Slice-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice;

impl Operator for Slice {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
