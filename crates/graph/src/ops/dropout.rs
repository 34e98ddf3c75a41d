use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// `y = x`: dropout at inference. ONNX Dropout-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout;

impl Operator for Dropout {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        Ok(vec![inputs.required(0)?.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        Ok(vec![Some(backward.dy())])
    }

    fn fold(&self, inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![inputs.optional(0)?.constant?.clone()])
    }

    fn is_elementwise(&self) -> bool {
        true
    }
}
