use super::axes::resolve_axes;
use super::reshape::back;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Inserts dimensions of extent 1 at the output axes that input 1 holds. ONNX Unsqueeze-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsqueeze;

impl Operator for Unsqueeze {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let axes = inputs.ints(1)?.ok_or("the axes are missing")?;
        let rank = x.shape().len() + axes.len();
        let inserted = resolve_axes(axes, rank)?;
        let mut kept = x.shape().iter().copied();
        let shape = (0..rank).map(|axis| if inserted.contains(&axis) { 1 } else { kept.next().unwrap_or(1) });
        Ok(vec![Type::new(x.ty.dtype, shape.collect::<Vec<_>>())])
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
    fn axes_are_those_of_the_output() {
        let shape = |axes: &[i64]| shape_with(Unsqueeze, &[2, 3], &[Tensor::ints(axes)]);
        assert_eq!(shape(&[0, -1]), Some(vec![1, 2, 3, 1]));
        assert_eq!(shape(&[3, 1]), Some(vec![2, 1, 3, 1]));
        assert_eq!(shape(&[4, 0]), None);
        assert_eq!(shape(&[0, -4]), None);
    }
}
