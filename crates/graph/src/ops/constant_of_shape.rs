use super::axes::{extents, pick};
use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// A tensor of the shape that input 0 holds, filled with `value`. ONNX ConstantOfShape-20.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantOfShape {
    /// The element, a tensor of one.
    pub value: Tensor,
}

impl Operator for ConstantOfShape {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        if self.value.len() != 1 {
            return Err(Reason(format!("its value must be one element, not {}", self.value.len())));
        }
        Ok(vec![Type::new(self.value.dtype(), extents(inputs.ints(0)?.ok_or("the shape is missing")?)?)])
    }

    /// No gradient: shapes do not depend on elements.
    fn gradient(&self, _backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        Ok(vec![None])
    }

    fn fold(&self, _inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![pick(&self.value, (0..outputs[0].len()).map(|_| 0), &outputs[0].shape)])
    }
}
