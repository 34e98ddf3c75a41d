use super::axes::{extents, pick};
use super::broadcast::{broadcast, source_indices};
use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Broadcasts input 0 with the shape that input 1 holds. ONNX Expand-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expand;

impl Operator for Expand {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let target = extents(inputs.ints(1)?.ok_or("the shape is missing")?)?;
        Ok(vec![Type::new(x.ty.dtype, broadcast(x.shape(), &target)?)])
    }

    /// The walk sums the cotangent down to the input's shape.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        Ok(vec![Some(backward.dy()), None])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let x = inputs.optional(0)?.constant?;
        Some(vec![pick(x, source_indices(x.shape(), &outputs[0].shape), &outputs[0].shape)])
    }
}
