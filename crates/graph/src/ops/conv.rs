use super::padding::{check_geometry, windows};
use super::{ConvTranspose, Operand, Operands, Operator, Padding};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// 2-D convolution (cross-correlation) of `x (N, C, H, W)` with `weight (M, C/group, kH, kW)` and
/// an optional `bias (M)`. ONNX Conv-11.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Steps between windows, `[height, width]`.
    pub strides: [usize; 2],
    /// Steps between the taps of a window.
    pub dilations: [usize; 2],
    /// Padding with zeros.
    pub padding: Padding,
    /// Channel groups that are convolved apart.
    pub group: usize,
}

impl Default for Conv {
    fn default() -> Self {
        Conv { strides: [1; 2], dilations: [1; 2], padding: Padding::NONE, group: 1 }
    }
}

impl Conv {
    /// `[top, left, bottom, right]` for these shapes.
    pub fn pads(&self, x: &[usize], weight: &[usize]) -> [usize; 4] {
        self.padding.resolve([x[2], x[3]], [weight[2], weight[3]], self.strides, self.dilations)
    }
}

impl Operator for Conv {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (x, weight) = (inputs.required(0)?, inputs.required(1)?);
        let (n, channels) = check(&x, &weight, self.group)?;
        let expected = weight.shape()[1].saturating_mul(self.group);
        if channels != expected {
            return Err(Reason(format!("the weight is for {expected} input channels, the activation has {channels}")));
        }
        check_bias(inputs.optional(2), weight.shape()[0])?;
        let (x, weight) = (x.shape(), weight.shape());
        check_geometry([x[2], x[3]], [weight[2], weight[3]], self.strides, self.dilations, &self.padding)?;
        let [top, left, bottom, right] = self.pads(x, weight);
        let out = |axis: usize, pad: usize| {
            windows(x[2 + axis] + pad, weight[2 + axis], self.strides[axis], self.dilations[axis]).ok_or_else(|| {
                Reason(format!("the kernel {}×{} is larger than the padded activation", weight[2], weight[3]))
            })
        };
        Ok(vec![Type::f32([n, weight[0], out(0, top + bottom)?, out(1, left + right)?])])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        if backward.wanted(1) || backward.wanted(2) {
            return Err(backward.refuse(
                "its weight depends on the layer; only the gradient of its activation is \
                defined",
            ));
        }
        let (x, weight) = (backward.shape(backward.input(0)), backward.shape(backward.input(1)));
        let dy_shape = backward.shape(backward.dy());
        let pads = self.pads(&x, &weight);
        // Cells behind the last window got no gradient: the transposed convolution has to be told
        // of them.
        let output_padding = [0, 1].map(|axis| {
            let covered =
                (dy_shape[2 + axis] - 1) * self.strides[axis] + (weight[2 + axis] - 1) * self.dilations[axis] + 1;
            x[2 + axis] + pads[axis] + pads[2 + axis] - covered
        });
        let transpose = ConvTranspose {
            strides: self.strides,
            dilations: self.dilations,
            padding: Padding::Explicit(pads),
            output_padding,
            group: self.group,
        };
        let (dy, weight) = (backward.dy(), backward.input(1));
        Ok(vec![Some(backward.add(transpose, &[dy, weight])?)])
    }
}

/// What convolutions of both directions demand: rank 4, floats, a positive group that divides.
/// Returns batch size and channels.
pub(super) fn check(x: &Operand<'_>, weight: &Operand<'_>, group: usize) -> Result<(usize, usize), Reason> {
    super::elementwise::expect_f32(x, 0)?;
    super::elementwise::expect_f32(weight, 1)?;
    let (&[n, channels, _, _], &[w0, _, _, _]) = (x.shape(), weight.shape()) else {
        return Err("activation and weight must have 4 dimensions".into());
    };
    if group == 0 || w0 % group != 0 || channels % group != 0 {
        return Err(Reason(format!("{group} groups do not divide {channels} and {w0} channels")));
    }
    Ok((n, channels))
}

/// A bias, where there is one, holds one float a channel.
pub(super) fn check_bias(bias: Option<Operand<'_>>, channels: usize) -> Result<(), Reason> {
    let Some(bias) = bias else { return Ok(()) };
    super::elementwise::expect_f32(&bias, 2)?;
    match bias.shape() {
        &[n] if n == channels => Ok(()),
        other => Err(Reason(format!("the bias has shape {other:?}, but there are {channels} output channels"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn shapes_follow_strides_dilations_and_padding() {
        let conv = Conv { strides: [2, 1], dilations: [1, 2], padding: Padding::Explicit([0, 1, 1, 2]), group: 2 };
        assert_eq!(shape_of(conv.clone(), &[&[2, 4, 8, 9], &[6, 2, 3, 3], &[6]]), Some(vec![2, 6, 4, 8]));
        assert_eq!(shape_of(conv.clone(), &[&[2, 4, 8, 9], &[6, 2, 3, 3], &[1]]), None);
        assert_eq!(shape_of(conv.clone(), &[&[2, 4, 8, 9], &[6, 4, 3, 3]]), None);
        assert_eq!(shape_of(conv, &[&[2, 4, 1, 9], &[6, 2, 3, 3]]), None);
        assert_eq!(shape_of(Conv { group: 0, ..Conv::default() }, &[&[1, 1, 3, 3], &[1, 1, 1, 1]]), None);
        assert_eq!(shape_of(Conv { group: usize::MAX, ..Conv::default() }, &[&[1, 0, 3, 3], &[0, 2, 1, 1]]), None);
    }
}
