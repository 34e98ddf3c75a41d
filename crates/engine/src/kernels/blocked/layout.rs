//! The layout of blocked buffers.
//!
//! A blocked buffer holds sixteen channels of a cell side by side: image, block of channels, row,
//! column, channel of the block. The last block may have lanes without a channel; what they hold is
//! unspecified, and no kernel lets it into other lanes.

use crate::arena::Arena;
use crate::kernel::Kernel;
use crate::simd::LANES;

/// How a buffer is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Row-major.
    Plain,
    /// Sixteen channels side by side.
    Blocked,
}

/// A kernel whose output is blocked, and the layouts of the node's first inputs, which are all that
/// it takes (before a residual).
pub(crate) struct Blocked {
    pub(crate) kernel: Box<dyn Kernel>,
    pub(crate) inputs: Vec<Layout>,
}

impl Blocked {
    /// A kernel all of whose inputs are blocked.
    pub(super) fn new(kernel: impl Kernel + 'static, inputs: usize) -> Self {
        Blocked { kernel: Box::new(kernel), inputs: vec![Layout::Blocked; inputs] }
    }
}

/// Floats of a blocked buffer of this shape.
pub(crate) fn len(shape: &[usize]) -> usize {
    shape[0] * shape[1].next_multiple_of(LANES) * shape[2] * shape[3]
}

/// One float a channel, with zeros for lanes without one.
pub(super) fn pad_channels(values: Option<&[f32]>, channels: usize) -> Arena {
    let mut padded = Arena::new(channels.next_multiple_of(LANES));
    if let Some(values) = values {
        padded.as_mut_slice()[..channels].copy_from_slice(values);
    }
    padded
}
