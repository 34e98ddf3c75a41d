//! What pooling operators share: which cells each window covers.

use super::Operand;
use super::padding::{Padding, check_geometry};
use crate::Reason;

/// The cells that one window covers along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First cell of the input that it covers.
    pub start: usize,
    /// Cell after the last.
    pub end: usize,
    /// How many cells count in a mean: those covered, or padding too where it counts.
    pub counted: usize,
}

/// The geometry of a pooling, for both kinds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pooling {
    pub kernel: [usize; 2],
    pub strides: [usize; 2],
    pub dilations: [usize; 2],
    pub padding: Padding,
    pub ceil_mode: bool,
}

impl Pooling {
    /// `[top, left, bottom, right]` for an input of `[height, width]`.
    pub fn pads(&self, input: [usize; 2]) -> [usize; 4] {
        self.padding.resolve(input, self.kernel, self.strides, self.dilations)
    }

    /// The output's shape, every window of which covers at least one cell of the input.
    pub fn output(&self, x: &Operand<'_>) -> Result<[usize; 4], Reason> {
        super::elementwise::expect_f32(x, 0)?;
        let &[n, channels, height, width] = x.shape() else {
            return Err(
                "the activation must have 4 dimensions: pooling along one or three axes is not supported".into()
            );
        };
        if height == 0 || width == 0 {
            return Err("the activation is empty".into());
        }
        check_geometry([height, width], self.kernel, self.strides, self.dilations, &self.padding)?;
        let pads = self.pads([height, width]);
        Ok([n, channels, self.windows(0, height, pads[0], pads[2])?, self.windows(1, width, pads[1], pads[3])?])
    }

    /// Number of windows along one axis. A last window that hangs over the edge must start inside
    /// the input or the padding before it, as in PyTorch.
    fn windows(&self, axis: usize, extent: usize, before: usize, after: usize) -> Result<usize, Reason> {
        let (kernel, stride, dilation) = (self.kernel[axis], self.strides[axis], self.dilations[axis]);
        let window = (kernel - 1) * dilation + 1;
        if before >= window || after >= window {
            return Err(Reason(format!(
                "padding of {before} and {after} cells holds whole windows of {window}: nothing would be pooled"
            )));
        }
        if before > 0 && extent < dilation {
            return Err(Reason(format!(
                "a window dilated by {dilation} would step over the whole activation of {extent}"
            )));
        }
        let padded = extent + before + after;
        let rest = padded.checked_sub(window).ok_or_else(|| {
            Reason(format!("a window of {window} cells is larger than the padded activation of {padded}"))
        })?;
        if !self.ceil_mode {
            return Ok(rest / stride + 1);
        }
        let windows = rest.div_ceil(stride) + 1;
        Ok(if (windows - 1) * stride >= extent + before { windows - 1 } else { windows })
    }
}

#[cfg(test)]
mod tests {
    use crate::ops::testing::shape_of;
    use crate::ops::{MaxPool, Padding};

    fn windows(
        extent: usize,
        kernel: usize,
        stride: usize,
        pad: usize,
        dilation: usize,
        ceil_mode: bool,
    ) -> Option<usize> {
        let op = MaxPool {
            kernel: [kernel, 1],
            strides: [stride, 1],
            dilations: [dilation, 1],
            padding: Padding::symmetric([pad, 0]),
            ceil_mode,
        };
        shape_of(op, &[&[1, 1, extent, 1]]).map(|shape| shape[2])
    }

    #[test]
    fn windows_are_counted_as_in_pytorch() {
        // torch.nn.functional.max_pool2d.
        assert_eq!(windows(7, 3, 2, 0, 1, true), Some(3));
        assert_eq!(windows(112, 3, 2, 0, 1, true), Some(56));
        assert_eq!(windows(112, 3, 2, 0, 1, false), Some(55));
        assert_eq!(windows(10, 3, 2, 1, 2, false), Some(4));
        assert_eq!(windows(10, 3, 3, 1, 2, true), Some(4));
        // A last window that would start in the padding at the end does not count.
        assert_eq!(windows(5, 2, 3, 1, 1, true), Some(2));
        assert_eq!(windows(6, 3, 2, 1, 1, true), Some(4));
        assert_eq!(windows(4, 3, 5, 1, 1, true), Some(1));
    }

    #[test]
    fn windows_of_padding_alone_are_refused() {
        assert_eq!(windows(5, 2, 1, 2, 1, false), None);
        assert_eq!(windows(1, 2, 1, 1, 2, false), None);
        assert_eq!(windows(5, 6, 1, 0, 1, false), None);
        assert_eq!(windows(0, 1, 1, 0, 1, false), None);
        assert_eq!(windows(5, 0, 1, 0, 1, false), None);
        assert_eq!(windows(5, 2, 0, 0, 1, false), None);
        assert_eq!(windows(5, usize::MAX, 1, 0, usize::MAX, true), None);
    }
}
