//! Padding and windows of convolutions and pooling.

use crate::Reason;

/// How much a window operator pads its input, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// `[top, left, bottom, right]`, as ONNX orders `pads`.
    Explicit([usize; 4]),
    /// As much as makes the output ⌈input / stride⌉ cells, the odd cell at the end (TensorFlow's
    /// "same").
    SameUpper,
    /// As much as makes the output ⌈input / stride⌉ cells, the odd cell at the beginning.
    SameLower,
}

impl Padding {
    /// No padding.
    pub const NONE: Padding = Padding::Explicit([0; 4]);

    /// The same padding on both sides of each of `[height, width]`.
    pub fn symmetric([h, w]: [usize; 2]) -> Self {
        Padding::Explicit([h, w, h, w])
    }

    /// `[top, left, bottom, right]` for an input of `[height, width]`.
    pub fn resolve(
        &self,
        input: [usize; 2],
        kernel: [usize; 2],
        strides: [usize; 2],
        dilations: [usize; 2],
    ) -> [usize; 4] {
        let same = |axis: usize| {
            let (n, stride) = (input[axis], strides[axis]);
            let window = (kernel[axis] - 1) * dilations[axis] + 1;
            (n.div_ceil(stride).saturating_sub(1) * stride + window).saturating_sub(n)
        };
        match self {
            Padding::Explicit(pads) => *pads,
            Padding::SameUpper => {
                let (h, w) = (same(0), same(1));
                [h / 2, w / 2, h - h / 2, w - w / 2]
            }
            Padding::SameLower => {
                let (h, w) = (same(0), same(1));
                [h - h / 2, w - w / 2, h / 2, w / 2]
            }
        }
    }
}

/// Number of windows along one axis of `padded` cells; none if the window does not fit.
pub(super) fn windows(padded: usize, kernel: usize, stride: usize, dilation: usize) -> Option<usize> {
    Some(padded.checked_sub((kernel - 1) * dilation + 1)? / stride + 1)
}

/// Kernels, strides, dilations, pads and extents above this are nonsense; below it no sum or
/// product of two of them overflows.
const LARGEST: usize = 1 << 30;

/// Refuses window geometry that no arithmetic should be done with: empty or absurd kernels,
/// strides, dilations, pads or extents.
pub(super) fn check_geometry(
    extents: [usize; 2],
    kernel: [usize; 2],
    strides: [usize; 2],
    dilations: [usize; 2],
    padding: &Padding,
) -> Result<(), Reason> {
    for (what, values) in [("kernel", kernel), ("strides", strides), ("dilations", dilations)] {
        if values.iter().any(|n| !(1..=LARGEST).contains(n)) {
            return Err(Reason(format!("{what} {values:?} are impossible: each must be at least 1")));
        }
    }
    if let Padding::Explicit(pads) = padding
        && pads.iter().any(|&pad| pad > LARGEST)
    {
        return Err(Reason(format!("pads {pads:?} are impossible")));
    }
    if extents.iter().any(|&n| n > LARGEST) {
        return Err(Reason(format!("an activation of {}×{} cells is impossible", extents[0], extents[1])));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_puts_the_odd_cell_where_tensorflow_does() {
        let resolve = |p: Padding| p.resolve([224, 224], [3, 3], [2, 2], [1, 1]);
        assert_eq!(resolve(Padding::SameUpper), [0, 0, 1, 1]);
        assert_eq!(resolve(Padding::SameLower), [1, 1, 0, 0]);
    }
}
