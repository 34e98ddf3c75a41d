//! Padding of convolutions and pooling.

/// How much a window operator pads its input, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// `[top, left, bottom, right]`, as ONNX orders `pads`.
    Explicit([usize; 4]),
    /// As much as makes the output ⌈input / stride⌉ cells, the odd cell at the end (TensorFlow's "same").
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
    pub fn resolve(&self, input: [usize; 2], kernel: [usize; 2], strides: [usize; 2], dilations: [usize; 2]) -> [usize; 4] {
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
