//! The geometry of convolutions and pooling layers, as definitions have it.

use heatlens_graph::ops;

/// Geometry of a convolution as a definition has it. A pickled module's own attributes win over it;
/// kernel and channels come from the weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(super) stride: usize,
    /// `None`: what [`Conventions::padding`] says.
    pub(super) padding: Option<[usize; 2]>,
    /// Steps between the taps.
    pub(super) dilation: usize,
    /// `None`: as many as the weight's shape implies.
    pub(super) groups: Option<Groups>,
}

/// How the channels of a convolution are grouped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Groups {
    /// All together.
    One,
    /// Each apart.
    Depthwise,
}

impl Window {
    /// A convolution of this stride over all channels.
    pub const fn stride(stride: usize) -> Self {
        Window { stride, padding: None, dilation: 1, groups: Some(Groups::One) }
    }

    /// The same with this padding on all sides.
    pub const fn pad(self, padding: usize) -> Self {
        self.pad_hw([padding; 2])
    }

    /// The same with this padding above and below, and left and right.
    pub const fn pad_hw(self, padding: [usize; 2]) -> Self {
        Window { padding: Some(padding), ..self }
    }

    /// The same with this dilation.
    pub const fn dilate(self, dilation: usize) -> Self {
        Window { dilation, ..self }
    }

    /// The same, each channel apart.
    pub const fn depthwise(self) -> Self {
        Window { groups: Some(Groups::Depthwise), ..self }
    }

    /// The same, in as many groups as the weight's shape implies.
    pub const fn grouped(self) -> Self {
        Window { groups: None, ..self }
    }
}

/// Geometry of a pooling layer as a definition has it. A pickled module's own attributes win over
/// it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pooling {
    /// Window extent.
    pub kernel: usize,
    /// Step between windows.
    pub stride: usize,
    /// Padding on all sides.
    pub padding: usize,
    /// Whether a last window may hang over the edge.
    pub ceil: bool,
}

/// The geometry of a pooling layer with both extents apart.
pub(super) struct PoolingGeometry {
    pub kernel: [usize; 2],
    pub strides: [usize; 2],
    pub padding: ops::Padding,
    pub ceil: bool,
    pub count_include_pad: bool,
}

impl From<Pooling> for PoolingGeometry {
    fn from(pooling: Pooling) -> Self {
        PoolingGeometry {
            kernel: [pooling.kernel; 2],
            strides: [pooling.stride; 2],
            padding: ops::Padding::symmetric([pooling.padding; 2]),
            ceil: pooling.ceil,
            count_include_pad: true,
        }
    }
}
