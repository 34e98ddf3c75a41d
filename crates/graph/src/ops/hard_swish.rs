use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = x · min(max(x / 6 + 1/2, 0), 1)`. ONNX HardSwish-14.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HardSwish;

impl Operator for HardSwish {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
