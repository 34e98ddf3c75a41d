use super::conv::{check, check_bias};
use super::padding::check_geometry;
use super::{Conv, Operands, Operator, Padding, Slice};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Transposed 2-D convolution of `x (N, C, H, W)` with `weight (C, M/group, kH, kW)` and an
/// optional `bias (M)`. ONNX ConvTranspose-11.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvTranspose {
    /// Cells between the windows that the input spreads into.
    pub strides: [usize; 2],
    /// Steps between the taps of a window.
    pub dilations: [usize; 2],
    /// Cells cut off the output's borders.
    pub padding: Padding,
    /// Cells added at the bottom and the right.
    pub output_padding: [usize; 2],
    /// Channel groups that are convolved apart.
    pub group: usize,
}

impl ConvTranspose {
    /// `[top, left, bottom, right]` for these shapes: cells cut off the full output. "Same" padding
    /// cuts it to input · stride cells.
    pub fn pads(&self, x: &[usize], weight: &[usize]) -> [usize; 4] {
        let cut = |axis: usize| {
            let same = x[2 + axis] * self.strides[axis];
            self.full(axis, x[2 + axis], weight[2 + axis]).saturating_sub(same)
        };
        match self.padding {
            Padding::Explicit(pads) => pads,
            Padding::SameUpper => [cut(0) / 2, cut(1) / 2, cut(0).div_ceil(2), cut(1).div_ceil(2)],
            Padding::SameLower => [cut(0).div_ceil(2), cut(1).div_ceil(2), cut(0) / 2, cut(1) / 2],
        }
    }

    /// Extent of the output before anything is cut off.
    fn full(&self, axis: usize, x: usize, kernel: usize) -> usize {
        x.saturating_sub(1) * self.strides[axis] + (kernel - 1) * self.dilations[axis] + 1 + self.output_padding[axis]
    }
}

impl Operator for ConvTranspose {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (x, weight) = (inputs.required(0)?, inputs.required(1)?);
        let (n, channels) = check(&x, &weight, self.group)?;
        let (x, weight) = (x.shape(), weight.shape());
        if channels != weight[0] {
            return Err(Reason(format!(
                "the weight is for {} input channels, the activation has {channels}",
                weight[0]
            )));
        }
        let made = weight[1].checked_mul(self.group).ok_or("the weight makes too many channels")?;
        check_bias(inputs.optional(2), made)?;
        check_geometry([x[2], x[3]], [weight[2], weight[3]], self.strides, self.dilations, &self.padding)?;
        for axis in [0, 1] {
            if x[2 + axis] == 0 || self.output_padding[axis] >= self.strides[axis].max(self.dilations[axis]) {
                return Err(Reason(format!(
                    "{} cells with output padding {} are impossible",
                    x[2 + axis],
                    self.output_padding[axis]
                )));
            }
        }
        let pads = self.pads(x, weight);
        let out = |axis: usize| {
            let (full, cut) = (self.full(axis, x[2 + axis], weight[2 + axis]), pads[axis] + pads[2 + axis]);
            full.checked_sub(cut)
                .filter(|&n| n > 0)
                .ok_or_else(|| Reason(format!("padding cuts off {cut} of {full} cells: nothing is left")))
        };
        Ok(vec![Type::f32([n, made, out(0)?, out(1)?])])
    }

    /// The convolution with the same weight, whose windows start where the padding begins. Cells
    /// that `output_padding` added get windows too: those are cut off.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        if backward.wanted(1) || backward.wanted(2) {
            return Err(backward.refuse(
                "its weight depends on the layer; only the gradient of its activation is \
                defined",
            ));
        }
        let (x, weight, dy) = (backward.shape(backward.input(0)), backward.input(1), backward.dy());
        let padding = Padding::Explicit(self.pads(&x, &backward.shape(weight)));
        let conv = Conv { strides: self.strides, dilations: self.dilations, padding, group: self.group };
        let dx = backward.add(conv, &[dy, weight])?;
        if backward.shape(dx) == x {
            return Ok(vec![Some(dx)]);
        }
        let (starts, ends, axes) =
            (backward.ints(&[0, 0]), backward.ints(&[x[2] as i64, x[3] as i64]), backward.ints(&[2, 3]));
        Ok(vec![Some(backward.add(Slice, &[dx, starts, ends, axes])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    fn out(
        extent: usize,
        kernel: usize,
        stride: usize,
        padding: Padding,
        output_padding: usize,
        dilation: usize,
    ) -> Option<usize> {
        let op = ConvTranspose {
            strides: [stride; 2],
            dilations: [dilation; 2],
            padding,
            output_padding: [output_padding; 2],
            group: 1,
        };
        shape_of(op, &[&[1, 2, extent, extent], &[2, 3, kernel, kernel]]).map(|shape| shape[2])
    }

    #[test]
    fn extents_are_those_of_pytorch() {
        // torch.nn.functional.conv_transpose2d.
        let pads = |pad: usize| Padding::symmetric([pad; 2]);
        assert_eq!(out(7, 3, 2, pads(1), 1, 1), Some(14));
        assert_eq!(out(5, 4, 2, pads(1), 0, 1), Some(10));
        assert_eq!(out(5, 3, 3, pads(0), 2, 1), Some(17));
        assert_eq!(out(4, 3, 1, pads(2), 0, 2), Some(4));
        assert_eq!(out(4, 2, 2, pads(0), 1, 3), Some(11));
        // "Same" is input · stride, as in Keras.
        assert_eq!(out(5, 3, 2, Padding::SameUpper, 0, 1), Some(10));
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(out(2, 3, 1, Padding::symmetric([2; 2]), 0, 1), None);
        assert_eq!(out(7, 3, 2, Padding::NONE, 2, 1), None);
        assert_eq!(out(7, 3, usize::MAX, Padding::NONE, usize::MAX - 1, 1), None);
        assert_eq!(out(0, 3, 1, Padding::NONE, 0, 1), None);
        let grouped = ConvTranspose {
            strides: [1; 2],
            dilations: [1; 2],
            padding: Padding::NONE,
            output_padding: [0; 2],
            group: 2,
        };
        assert_eq!(shape_of(grouped, &[&[1, 4, 2, 2], &[4, 3, 1, 1]]), Some(vec![1, 6, 2, 2]));
        assert_eq!(shape_of(grouped, &[&[1, 4, 2, 2], &[4, 3, 1, 1], &[3]]), None);
        assert_eq!(shape_of(grouped, &[&[1, 4, 2, 2], &[6, 3, 1, 1]]), None);
    }
}
