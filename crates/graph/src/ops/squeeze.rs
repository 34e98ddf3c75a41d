use super::axes::resolve_axes;
use super::reshape::back;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Removes the dimensions of extent 1 that input 1 holds (all, where left out). ONNX Squeeze-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Squeeze;

impl Operator for Squeeze {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let removed = match inputs.ints(1)? {
            Some(axes) => resolve_axes(axes, x.shape().len())?,
            None => (0..x.shape().len()).filter(|&axis| x.shape()[axis] == 1).collect(),
        };
        if let Some(&axis) = removed.iter().find(|&&axis| x.shape()[axis] != 1) {
            return Err(Reason(format!("dimension {axis} has extent {}, not 1", x.shape()[axis])));
        }
        let kept = (0..x.shape().len()).filter(|axis| !removed.contains(axis)).map(|axis| x.shape()[axis]);
        Ok(vec![Type::new(x.ty.dtype, kept.collect::<Vec<_>>())])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        back(backward)
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![inputs.optional(0)?.constant?.reshaped(outputs[0].shape.clone())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_with;

    #[test]
    fn only_extents_of_one_go() {
        let shape = |axes: &[i64]| shape_with(Squeeze, &[1, 3, 1], &[Tensor::ints(axes)]);
        assert_eq!(shape(&[0, -1]), Some(vec![3]));
        assert_eq!(shape(&[2]), Some(vec![1, 3]));
        assert_eq!(shape(&[1]), None);
        assert_eq!(shape(&[3]), None);
        assert_eq!(shape_with(Squeeze, &[1, 3, 1], &[]), Some(vec![3]));
    }
}
