//! ResNet with normalisation in front of convolutions (arXiv 1603.05027) and BiT (1912.11370), whose
//! weights are standardised, in timm's names.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation::Relu;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::residual::{Step, means};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "ResNet V2",
    members: MEMBERS,
    landmarks: &["stages.0.blocks.0.norm1.weight", "stages.0.blocks.0.conv2.weight", "norm.weight", "norm.bias"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 3,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Has("norm.running_mean"),
    Has("stem.conv"),
    Has("stages.0.blocks.0.conv3"),
    Count("stages.0.blocks"),
    Count("stages.1.blocks"),
    Count("stages.2.blocks"),
    Count("stages.3.blocks"),
    Extent("stem.conv1.weight", 0),
    Extent("norm.weight", 0),
];

/// Running statistics, stem of one convolution, third convolution, blocks of each stage, widths.
const MEMBERS: &[Member] = &[
    member("resnetv2_18", 224, &[1, 1, 0, 2, 2, 2, 2, 0, 512]),
    member("resnetv2_18d", 224, &[1, 0, 0, 2, 2, 2, 2, 32, 512]),
    member("resnetv2_34", 224, &[1, 1, 0, 3, 4, 6, 3, 0, 512]),
    member("resnetv2_34d", 224, &[1, 0, 0, 3, 4, 6, 3, 32, 512]),
    member("resnetv2_50", 224, &[1, 1, 1, 3, 4, 6, 3, 0, 2048]),
    member("resnetv2_50d", 224, &[1, 0, 1, 3, 4, 6, 3, 32, 2048]),
    member("resnetv2_50d_gn", 224, &[0, 0, 1, 3, 4, 6, 3, 32, 2048]),
    member("resnetv2_50t", 224, &[1, 0, 1, 3, 4, 6, 3, 24, 2048]),
    member("resnetv2_50x1_bit", 224, &[0, 1, 1, 3, 4, 6, 3, 0, 2048]),
    member("resnetv2_50x3_bit", 448, &[0, 1, 1, 3, 4, 6, 3, 0, 6144]),
    member("resnetv2_101", 224, &[1, 1, 1, 3, 4, 23, 3, 0, 2048]),
    member("resnetv2_101d", 224, &[1, 0, 1, 3, 4, 23, 3, 32, 2048]),
    member("resnetv2_101x1_bit", 448, &[0, 1, 1, 3, 4, 23, 3, 0, 2048]),
    member("resnetv2_101x3_bit", 448, &[0, 1, 1, 3, 4, 23, 3, 0, 6144]),
    member("resnetv2_152", 224, &[1, 1, 1, 3, 8, 36, 3, 0, 2048]),
    member("resnetv2_152d", 224, &[1, 0, 1, 3, 8, 36, 3, 32, 2048]),
    member("resnetv2_152x2_bit", 224, &[0, 1, 1, 3, 8, 36, 3, 0, 4096]),
    member("resnetv2_152x4_bit", 480, &[0, 1, 1, 3, 8, 36, 3, 0, 8192]),
];

/// What timm's BiT adds to the variance of weights.
const EPSILON: f64 = 1e-8;

/// How a network convolves and shrinks.
#[derive(Clone, Copy)]
struct Style {
    /// Whether weights are standardised and the stem is padded with zeros in front of its pooling.
    is_bit: bool,
    /// Whether shortcuts take means.
    averages: bool,
}

impl Style {
    fn conv(self, b: &mut Builder<'_>, x: ValueId, name: &str, window: Window) -> Fit<ValueId> {
        if self.is_bit { b.standardised_conv(x, name, window, EPSILON) } else { b.conv(x, name, window) }
    }
}

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let is_deep = b.has("stem.conv1");
    let style = Style { is_bit: member.ends_with("_bit"), averages: is_deep };
    let mut x = stem(b, is_deep, style)?;
    for stage in 0..4 {
        let blocks = format!("stages.{stage}.blocks");
        for i in 0..b.count(&blocks) {
            let stride = if stage > 0 && i == 0 { 2 } else { 1 };
            x = b.within(&format!("{blocks}.{i}"), |b| block(b, x, stride, style))?;
        }
    }
    let x = b.norm_act(x, "norm", Relu)?;
    b.pooled_head(x, "head")
}

fn stem(b: &mut Builder<'_>, is_deep: bool, style: Style) -> Fit<ValueId> {
    let first = if is_deep { "stem.conv1" } else { "stem.conv" };
    let image = b.image_for(&format!("{first}.weight"))?;
    b.expect_kernel(first, if is_deep { 3 } else { 7 })?;
    let mut x = style.conv(b, image, first, Window::stride(2))?;
    if is_deep {
        x = b.norm_act(x, "stem.norm1", Relu)?;
        x = style.conv(b, x, "stem.conv2", Window::stride(1))?;
        x = b.norm_act(x, "stem.norm2", Relu)?;
        x = style.conv(b, x, "stem.conv3", Window::stride(1))?;
    }
    let mut pooling = Pooling { kernel: 3, stride: 2, padding: 1, ceil: false };
    if style.is_bit {
        let pads = b.constant(Tensor::ints(&[0, 0, 1, 1, 0, 0, 1, 1]));
        x = b.add(ops::Pad { mode: ops::PadMode::Constant }, &[x, pads], "stem.pad")?;
        pooling.padding = 0;
    }
    b.max_pool(x, "stem.pool", pooling)
}

/// `PreActBasic` or, with a third convolution, `PreActBottleneck`.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize, style: Style) -> Fit<ValueId> {
    let active = b.norm_act(x, "norm1", Relu)?;
    let mut shortcut = x;
    if b.has("downsample") {
        shortcut = active;
        let mut window = Window::stride(stride);
        if style.averages {
            shortcut = means(b, shortcut, "downsample.pool", Step::stride(stride))?;
            window = Window::stride(1);
        }
        shortcut = style.conv(b, shortcut, "downsample.conv", window)?;
    }
    let strides = if b.has("conv3") { [1, stride, 1] } else { [stride, 1, 1] };
    let mut y = style.conv(b, active, "conv1", Window::stride(strides[0]))?;
    y = b.norm_act(y, "norm2", Relu)?;
    y = style.conv(b, y, "conv2", Window::stride(strides[1]))?;
    if b.has("conv3") {
        y = b.norm_act(y, "norm3", Relu)?;
        y = style.conv(b, y, "conv3", Window::stride(1))?;
    }
    b.sum(y, shortcut)
}
