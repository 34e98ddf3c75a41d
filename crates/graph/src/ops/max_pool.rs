use super::pooling::Pooling;
use super::{MaxPoolGrad, Operands, Operator, Padding};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Largest of each window of `x (N, C, H, W)`; padding never wins. ONNX MaxPool-12.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool {
    /// Window extents.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub strides: [usize; 2],
    /// Steps between the taps of a window.
    pub dilations: [usize; 2],
    /// Padding.
    pub padding: Padding,
    /// Whether a last window may hang over the edge, as PyTorch counts them.
    pub ceil_mode: bool,
}

impl MaxPool {
    /// `[top, left, bottom, right]` for an input of this shape.
    pub fn pads(&self, x: &[usize]) -> [usize; 4] {
        self.pooling().pads([x[2], x[3]])
    }

    pub(super) fn pooling(&self) -> Pooling {
        let MaxPool { kernel, strides, dilations, padding, ceil_mode } = *self;
        Pooling { kernel, strides, dilations, padding, ceil_mode }
    }
}

impl Operator for MaxPool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        Ok(vec![Type::f32(self.pooling().output(&inputs.required(0)?)?)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, dy) = (backward.input(0), backward.dy());
        Ok(vec![Some(backward.add(MaxPoolGrad { pool: *self }, &[x, dy])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn same_padding_divides_the_extent_by_the_stride() {
        let pool = MaxPool {
            kernel: [3; 2],
            strides: [2; 2],
            dilations: [1; 2],
            padding: Padding::SameUpper,
            ceil_mode: false,
        };
        assert_eq!(shape_of(pool, &[&[2, 3, 7, 8]]), Some(vec![2, 3, 4, 4]));
        assert_eq!(pool.pads(&[2, 3, 7, 8]), [1, 0, 1, 1]);
        assert_eq!(shape_of(pool, &[&[2, 3, 7]]), None);
    }
}
