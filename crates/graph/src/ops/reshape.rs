use super::axes::ints;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// The same elements under the shape that input 1 holds: −1 is whatever is left over, 0 copies the
/// extent (unless `allow_zero`). ONNX Reshape-14.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reshape {
    /// Whether a 0 means an empty extent instead of a copied one.
    pub allow_zero: bool,
}

impl Operator for Reshape {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let target = inputs.ints(1)?.ok_or("the target shape is missing")?;
        let fail = || Reason(format!("{:?} cannot be reshaped to {target:?}", x.shape()));
        let mut shape = Vec::with_capacity(target.len());
        let mut open = None;
        for (axis, &extent) in target.iter().enumerate() {
            shape.push(match extent {
                -1 if open.replace(axis).is_none() => 1,
                0 if !self.allow_zero => *x.shape().get(axis).ok_or_else(fail)?,
                n => usize::try_from(n).map_err(|_| fail())?,
            });
        }
        let (have, fixed) = (x.ty.len(), shape.iter().fold(1usize, |n, &d| n.saturating_mul(d)));
        if let Some(axis) = open {
            shape[axis] = have.checked_div(fixed).ok_or_else(fail)?;
        }
        let ty = Type::new(x.ty.dtype, shape);
        if ty.len() == have { Ok(vec![ty]) } else { Err(fail()) }
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        back(backward)
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![inputs.optional(0)?.constant?.reshaped(outputs[0].shape.clone())])
    }
}

/// The gradient of what only changes the shape: the input's shape again.
pub(super) fn back(backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
    let shape = ints(&backward.shape(backward.input(0)));
    let (dy, shape) = (backward.dy(), backward.ints(&shape));
    let mut cotangents = vec![None; backward.inputs()];
    cotangents[0] = Some(backward.add(Reshape { allow_zero: true }, &[dy, shape])?);
    Ok(cotangents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_with;

    #[test]
    fn extents_are_copied_or_left_over() {
        let shape =
            |target: &[i64], allow_zero| shape_with(Reshape { allow_zero }, &[2, 3, 4], &[Tensor::ints(target)]);
        assert_eq!(shape(&[0, -1], false), Some(vec![2, 12]));
        assert_eq!(shape(&[4, 3, 2, 1], false), Some(vec![4, 3, 2, 1]));
        for wrong in [&[-1, -1][..], &[5, -1], &[24, 0, 0, 0], &[-2, -12], &[i64::MAX, i64::MAX, 24], &[0, 0, 0, 0]] {
            assert_eq!(shape(wrong, false), None, "{wrong:?}");
        }
        assert_eq!(shape(&[0, -1], true), None);
    }
}
