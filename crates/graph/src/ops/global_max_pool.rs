use super::axes::ints;
use super::global_average_pool::infer_global;
use super::{MaxPool, MaxPoolGrad, Operands, Operator, Padding, Reshape};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Maximum over all spatial dimensions, kept as 1. ONNX GlobalMaxPool-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlobalMaxPool;

impl Operator for GlobalMaxPool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        infer_global(&inputs.required(0)?)
    }

    /// One window over all cells, laid out in one row: the first maximum is the same.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, dy) = (backward.input(0), backward.dy());
        let shape = backward.shape(x);
        let cells: usize = shape[2..].iter().product();
        let row = backward.ints(&ints(&[shape[0], shape[1], 1, cells]));
        let cell = backward.ints(&ints(&[shape[0], shape[1], 1, 1]));
        let reshape = Reshape { allow_zero: true };
        let (x, dy) = (backward.add(reshape, &[x, row])?, backward.add(reshape, &[dy, cell])?);
        let pool = MaxPool {
            kernel: [1, cells],
            strides: [1; 2],
            dilations: [1; 2],
            padding: Padding::NONE,
            ceil_mode: false,
        };
        let dx = backward.add(MaxPoolGrad { pool }, &[x, dy])?;
        let shape = backward.ints(&ints(&shape));
        Ok(vec![Some(backward.add(reshape, &[dx, shape])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn all_spatial_dimensions_are_pooled() {
        assert_eq!(shape_of(GlobalMaxPool, &[&[2, 3, 4, 5, 6]]), Some(vec![2, 3, 1, 1, 1]));
        assert_eq!(shape_of(GlobalMaxPool, &[&[2, 3, 4, 0]]), None);
    }
}
