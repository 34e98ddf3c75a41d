use super::axes::ints;
use super::elementwise::expect_f32;
use super::{Expand, Mul, Operand, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Mean over all spatial dimensions, kept as 1. ONNX GlobalAveragePool-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlobalAveragePool;

impl Operator for GlobalAveragePool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        infer_global(&inputs.required(0)?)
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, dy) = (backward.shape(backward.input(0)), backward.dy());
        let cells: usize = x[2..].iter().product();
        let share = backward.scalar(1.0 / cells as f32);
        let shared = backward.add(Mul, &[dy, share])?;
        let shape = backward.ints(&ints(&x));
        Ok(vec![Some(backward.add(Expand, &[shared, shape])?)])
    }
}

/// The type rule of pooling over all spatial dimensions.
pub(super) fn infer_global(x: &Operand<'_>) -> Result<Vec<Type>, Reason> {
    expect_f32(x, 0)?;
    if x.shape().len() < 3 {
        return Err("the activation has no spatial dimensions".into());
    }
    if x.shape()[2..].contains(&0) {
        return Err("the activation is empty".into());
    }
    let pooled = x.shape().iter().enumerate().map(|(axis, &extent)| if axis < 2 { extent } else { 1 });
    Ok(vec![Type::f32(pooled.collect::<Vec<_>>())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn all_spatial_dimensions_are_pooled() {
        assert_eq!(shape_of(GlobalAveragePool, &[&[2, 3, 4, 5]]), Some(vec![2, 3, 1, 1]));
        assert_eq!(shape_of(GlobalAveragePool, &[&[2, 3, 4]]), Some(vec![2, 3, 1]));
        assert_eq!(shape_of(GlobalAveragePool, &[&[2, 3]]), None);
        assert_eq!(shape_of(GlobalAveragePool, &[&[2, 3, 0, 5]]), None);
    }
}
