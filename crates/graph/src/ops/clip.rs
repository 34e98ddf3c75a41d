use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = min(max(x, min), max)`, the bounds optional scalar inputs. ONNX Clip-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip;

impl Operator for Clip {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
