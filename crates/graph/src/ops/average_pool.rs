use super::pooling::{Pooling, Window};
use super::{AveragePoolGrad, Operands, Operator, Padding};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Mean of each window of `x (N, C, H, W)`. ONNX AveragePool-19.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AveragePool {
    /// Window extents.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub strides: [usize; 2],
    /// Padding with zeros.
    pub padding: Padding,
    /// Whether a last window may hang over the edge, as PyTorch counts them.
    pub ceil_mode: bool,
    /// Whether padding counts in the divisor.
    pub count_include_pad: bool,
}

impl AveragePool {
    /// `[top, left, bottom, right]` for an input of this shape.
    pub fn pads(&self, x: &[usize]) -> [usize; 4] {
        self.pooling().pads([x[2], x[3]])
    }

    /// Window `i` along `axis` (0 height, 1 width) of an input of shape `x`. The divisor of a
    /// window is the product of both axes' `counted`. Cells behind the padding, where a last window
    /// hangs over the edge, never count.
    pub fn window(&self, x: &[usize], axis: usize, i: usize) -> Window {
        let pads = self.pads(x);
        let (extent, before, after) = (x[2 + axis], pads[axis], pads[2 + axis]);
        let (first, last) =
            (i * self.strides[axis], (i * self.strides[axis] + self.kernel[axis]).min(before + extent + after));
        let (start, end) = (first.saturating_sub(before), last.saturating_sub(before).min(extent));
        Window { start, end, counted: if self.count_include_pad { last - first } else { end - start } }
    }

    pub(super) fn pooling(&self) -> Pooling {
        let AveragePool { kernel, strides, padding, ceil_mode, .. } = *self;
        Pooling { kernel, strides, dilations: [1, 1], padding, ceil_mode }
    }
}

impl Operator for AveragePool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        Ok(vec![Type::f32(self.pooling().output(&inputs.required(0)?)?)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, dy) = (backward.shape(backward.input(0)), backward.dy());
        Ok(vec![Some(backward.add(AveragePoolGrad { pool: *self, input: [x[2], x[3]] }, &[dy])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_hang_over_the_edge_count_padding_only() {
        let pool = AveragePool {
            kernel: [3; 2],
            strides: [2; 2],
            padding: Padding::symmetric([1; 2]),
            ceil_mode: true,
            count_include_pad: true,
        };
        let x = [1, 1, 6, 6];
        assert_eq!(pool.window(&x, 0, 0), Window { start: 0, end: 2, counted: 3 });
        assert_eq!(pool.window(&x, 0, 3), Window { start: 5, end: 6, counted: 2 });
        let without = AveragePool { count_include_pad: false, ..pool };
        assert_eq!(without.window(&x, 1, 0).counted, 2);
        assert_eq!(without.window(&x, 1, 3).counted, 1);
    }
}
