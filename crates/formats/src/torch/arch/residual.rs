//! The trunk that ResNet and its relatives share: a stem, four layers of residual blocks, pooling
//! and a classifier, in timm's names. What differs between them is the block.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has, Rank};
use super::smoothing::Smoothing;

/// The layers of blocks.
const LAYERS: [&str; 4] = ["layer1", "layer2", "layer3", "layer4"];

/// What tells trunks apart, whatever the blocks: blocks of each layer, width of a deep stem, how
/// shortcuts shrink, whether a convolution stands in the place of the pooling.
pub(super) const TRUNK: [Probe; 8] = [
    Count("layer1"),
    Count("layer2"),
    Count("layer3"),
    Count("layer4"),
    Extent("conv1.0.weight", 0),
    Rank("layer2.0.downsample.1.weight"),
    Extent("layer2.0.downsample.0.weight", 2),
    Has("maxpool"),
];

/// How a block is run.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// What it divides the extents by.
    pub stride: usize,
    /// Those of the convolution with the stride, and of what follows it.
    pub dilations: [usize; 2],
    /// In front of strides.
    pub smoothing: Smoothing,
}

impl Step {
    /// Without dilation and smoothing.
    pub const fn stride(stride: usize) -> Self {
        Step { stride, dilations: [1; 2], smoothing: Smoothing::None }
    }

    /// The stride of the block's convolution, which a smoothing may take over.
    pub fn own_stride(&self) -> usize {
        if self.smooths() { 1 } else { self.stride }
    }

    /// Whether a smoothing takes over the stride.
    pub fn smooths(&self) -> bool {
        self.smoothing != Smoothing::None && self.stride > 1
    }
}

/// Builds the network of these blocks, each within its module.
pub(super) fn network(
    b: &mut Builder<'_>,
    smoothing: Smoothing,
    block: impl Fn(&mut Builder<'_>, ValueId, Step) -> Fit<ValueId>,
) -> Fit<ValueId> {
    let x = stem(b)?;
    let mut x = stem_pool(b, x, smoothing)?;
    let (mut reached, mut dilation) = (4, 1);
    for (stage, layer) in LAYERS.into_iter().enumerate() {
        let (mut stride, before) = (if stage > 0 { 2 } else { 1 }, dilation);
        if stride > 1 && b.variant.output_stride.is_some_and(|most| reached >= most) {
            (stride, dilation) = (1, dilation * stride);
        }
        reached *= stride;
        for i in 0..b.count(layer).max(1) {
            let (stride, first) = if i == 0 { (stride, before) } else { (1, dilation) };
            let step = Step { stride, dilations: [first, dilation], smoothing };
            x = b.within(&format!("{layer}.{i}"), |b| block(b, x, step))?;
        }
    }
    let x = b.global_pool(x, "avgpool")?;
    let x = b.flatten(x, "")?;
    b.head(x, "fc", &[])
}

/// One 7×7 convolution or, in the deep stem (arXiv 1812.01187), three of 3×3.
fn stem(b: &mut Builder<'_>) -> Fit<ValueId> {
    let relu = Activation::Relu;
    let x = if b.has("conv1.0") {
        let image = b.image_for("conv1.0.weight")?;
        b.expect_kernel("conv1.0", 3)?;
        let x = b.unit(image, ["conv1.0", "conv1.1", "conv1.2"], Window::stride(2), relu)?;
        let x = b.unit(x, ["conv1.3", "conv1.4", "conv1.5"], Window::stride(1), relu)?;
        b.conv(x, "conv1.6", Window::stride(1))?
    } else {
        let image = b.image_for("conv1.weight")?;
        b.expect_kernel("conv1", 7)?;
        b.conv(image, "conv1", Window::stride(2))?
    };
    let x = b.norm(x, "bn1")?;
    b.relu(x, b.first(&["relu", "act1"]))
}

fn stem_pool(b: &mut Builder<'_>, x: ValueId, smoothing: Smoothing) -> Fit<ValueId> {
    if b.has("maxpool") {
        // A strided convolution in its place (arXiv 2103.07579).
        return b.unit(x, ["maxpool.0", "maxpool.1", "maxpool.2"], Window::stride(2), Activation::Relu);
    }
    let pooling = Pooling { kernel: 3, stride: 2, padding: 1, ceil: false };
    match smoothing {
        Smoothing::None => b.max_pool(x, "maxpool", pooling),
        Smoothing::Means => smoothing.halve(b, x, "maxpool"),
        Smoothing::Blur(_) => {
            let x = b.max_pool(x, "maxpool.0", Pooling { stride: 1, ..pooling })?;
            smoothing.halve(b, x, "maxpool.1")
        }
    }
}

/// The end of every block: attention, the shortcut, the activation of this name.
pub(super) fn join(b: &mut Builder<'_>, x: ValueId, y: ValueId, step: Step, activation: &str) -> Fit<ValueId> {
    let y = b.attention(y, "se")?;
    let shortcut = shortcut(b, x, step)?;
    let y = b.sum(y, shortcut)?;
    b.relu(y, activation)
}

/// A strided convolution or, where the module numbered 1 convolves, means of 2×2 cells and a
/// convolution (arXiv 1812.01187); `x` itself where the file has neither.
fn shortcut(b: &mut Builder<'_>, x: ValueId, step: Step) -> Fit<ValueId> {
    if !b.has("downsample") {
        return Ok(x);
    }
    let weight = b.path("downsample.1.weight");
    if b.weights().shape(weight.as_str()).is_some_and(|shape| shape.len() == 1) {
        let is_single_cell = b.weights().extent(b.path("downsample.0.weight").as_str(), 2) == Some(1);
        let dilation = if is_single_cell { 1 } else { step.dilations[0] };
        let y = b.conv(x, "downsample.0", Window::stride(step.stride).dilate(dilation))?;
        return b.norm(y, "downsample.1");
    }
    let y = means(b, x, "downsample.0", step)?;
    let y = b.conv(y, "downsample.1", Window::stride(1))?;
    b.norm(y, "downsample.2")
}

/// Means of 2×2 cells, of those that there are at the edge.
pub(super) fn means(b: &mut Builder<'_>, x: ValueId, name: &str, step: Step) -> Fit<ValueId> {
    let is_dilated = step.dilations[1] > 1;
    b.pickled(name);
    if step.stride == 1 && !is_dilated {
        return Ok(x);
    }
    let padding = if is_dilated { ops::Padding::SameUpper } else { ops::Padding::NONE };
    let op = ops::AveragePool {
        kernel: [2; 2],
        strides: [step.stride; 2],
        padding,
        ceil_mode: !is_dilated,
        count_include_pad: is_dilated,
    };
    b.add(op, &[x], name)
}
