use super::axes::{extents, pick};
use super::broadcast::{broadcast, source_indices};
use super::{Operands, Operator};
use crate::backward::Backward;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{folded, shape_with};

    #[test]
    fn both_shapes_broadcast() {
        let shape = |target: &[i64]| shape_with(Expand, &[3, 1], &[Tensor::ints(target)]);
        assert_eq!(shape(&[2, 1, 4]), Some(vec![2, 3, 4]));
        assert_eq!(shape(&[1]), Some(vec![3, 1]));
        assert!(
            [&[2, 1][..], &[-1, 1], &[1 << 40], &[i64::MAX, 0, 1]].into_iter().all(|target| shape(target).is_none())
        );
        let folded = folded(Expand, &[Tensor::ints(&[1, 2]), Tensor::ints(&[2, 2])]);
        assert_eq!(folded, Tensor::i64([2, 2], vec![1, 2, 1, 2]));
    }
}
