//! Networks without normalisation (arXiv 2102.06171, 2101.08692), in timm's names: NFNet as timm and
//! as DeepMind (`dm_`) have it, with SE or ECA, NF-ResNet and NF-RegNet.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation::{self, Relu, Silu};
use super::builder::{Builder, PaddingRule};
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::normalisation::standardised;
use super::probe::Probe::{self, Count, Extent, Has};
use super::residual::{Step, means};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "NFNet",
    members: MEMBERS,
    landmarks: &["stages.0.0.conv1.gain", "stages.0.0.conv2.gain", "stages.3.0.conv3.gain", "head.fc.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 8,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Has("stem.conv4"),
    Extent("stem.conv.weight", 2),
    Has("stages.0.0.conv2b"),
    Has("stages.0.0.skipinit_gain"),
    Has("stages.0.0.attn.fc1"),
    Has("stages.0.0.attn_last.fc1"),
    Has("stages.0.0.attn_last.conv"),
    Has("final_conv"),
    Count("stages.0"),
    Count("stages.1"),
    Count("stages.2"),
    Count("stages.3"),
    Extent("stages.0.0.conv2.weight", 1),
    Extent("stages.3.0.conv3.weight", 0),
    Extent("head.fc.weight", 1),
    Extent("stages.0.0.attn_last.fc1.weight", 0),
];

/// Stem, parts of a block, blocks of each stage, widths, as [`MEASURE`] asks for them.
const MEMBERS: &[Member] = &[
    member("dm_nfnet_f0", 192, &[1, 0, 1, 1, 0, 1, 0, 1, 1, 2, 6, 3, 128, 1536, 3072, 128]),
    member("dm_nfnet_f1", 224, &[1, 0, 1, 1, 0, 1, 0, 1, 2, 4, 12, 6, 128, 1536, 3072, 128]),
    member("dm_nfnet_f2", 256, &[1, 0, 1, 1, 0, 1, 0, 1, 3, 6, 18, 9, 128, 1536, 3072, 128]),
    member("dm_nfnet_f3", 320, &[1, 0, 1, 1, 0, 1, 0, 1, 4, 8, 24, 12, 128, 1536, 3072, 128]),
    member("dm_nfnet_f4", 384, &[1, 0, 1, 1, 0, 1, 0, 1, 5, 10, 30, 15, 128, 1536, 3072, 128]),
    member("dm_nfnet_f5", 416, &[1, 0, 1, 1, 0, 1, 0, 1, 6, 12, 36, 18, 128, 1536, 3072, 128]),
    member("dm_nfnet_f6", 448, &[1, 0, 1, 1, 0, 1, 0, 1, 7, 14, 42, 21, 128, 1536, 3072, 128]),
    member("eca_nfnet_l0", 224, &[1, 0, 1, 0, 0, 0, 1, 1, 1, 2, 6, 3, 64, 1536, 2304, 0]),
    member("eca_nfnet_l1", 256, &[1, 0, 1, 0, 0, 0, 1, 1, 2, 4, 12, 6, 64, 1536, 3072, 0]),
    member("eca_nfnet_l2", 320, &[1, 0, 1, 0, 0, 0, 1, 1, 3, 6, 18, 9, 64, 1536, 3072, 0]),
    member("eca_nfnet_l3", 352, &[1, 0, 1, 0, 0, 0, 1, 1, 4, 8, 24, 12, 64, 1536, 3072, 0]),
    member("nf_ecaresnet26", 224, &[0, 7, 0, 0, 0, 0, 1, 0, 2, 2, 2, 2, 64, 2048, 2048, 0]),
    member("nf_ecaresnet50", 224, &[0, 7, 0, 0, 0, 0, 1, 0, 3, 4, 6, 3, 64, 2048, 2048, 0]),
    member("nf_ecaresnet101", 224, &[0, 7, 0, 0, 0, 0, 1, 0, 3, 4, 23, 3, 64, 2048, 2048, 0]),
    member("nf_regnet_b0", 192, &[0, 3, 0, 0, 1, 0, 0, 1, 1, 3, 6, 6, 8, 328, 960, 0]),
    member("nf_regnet_b1", 256, &[0, 3, 0, 0, 1, 0, 0, 1, 2, 4, 7, 7, 8, 328, 960, 0]),
    member("nf_regnet_b2", 240, &[0, 3, 0, 0, 1, 0, 0, 1, 2, 4, 8, 8, 8, 368, 1064, 0]),
    member("nf_regnet_b3", 288, &[0, 3, 0, 0, 1, 0, 0, 1, 2, 5, 9, 9, 8, 400, 1152, 0]),
    member("nf_regnet_b4", 320, &[0, 3, 0, 0, 1, 0, 0, 1, 2, 6, 11, 11, 8, 464, 1344, 0]),
    member("nf_regnet_b5", 384, &[0, 3, 0, 0, 1, 0, 0, 1, 3, 7, 14, 14, 8, 528, 1536, 0]),
    member("nf_resnet26", 224, &[0, 7, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 64, 2048, 2048, 0]),
    member("nf_resnet50", 256, &[0, 7, 0, 0, 0, 0, 0, 0, 3, 4, 6, 3, 64, 2048, 2048, 0]),
    member("nf_resnet101", 224, &[0, 7, 0, 0, 0, 0, 0, 0, 3, 4, 23, 3, 64, 2048, 2048, 0]),
    member("nf_seresnet26", 224, &[0, 7, 0, 0, 0, 1, 0, 0, 2, 2, 2, 2, 64, 2048, 2048, 16]),
    member("nf_seresnet50", 224, &[0, 7, 0, 0, 0, 1, 0, 0, 3, 4, 6, 3, 64, 2048, 2048, 16]),
    member("nf_seresnet101", 224, &[0, 7, 0, 0, 0, 1, 0, 0, 3, 4, 23, 3, 64, 2048, 2048, 16]),
    member("nfnet_f0", 192, &[1, 0, 1, 0, 0, 1, 0, 1, 1, 2, 6, 3, 128, 1536, 3072, 128]),
    member("nfnet_f1", 224, &[1, 0, 1, 0, 0, 1, 0, 1, 2, 4, 12, 6, 128, 1536, 3072, 128]),
    member("nfnet_f2", 256, &[1, 0, 1, 0, 0, 1, 0, 1, 3, 6, 18, 9, 128, 1536, 3072, 128]),
    member("nfnet_f3", 320, &[1, 0, 1, 0, 0, 1, 0, 1, 4, 8, 24, 12, 128, 1536, 3072, 128]),
    member("nfnet_f4", 384, &[1, 0, 1, 0, 0, 1, 0, 1, 5, 10, 30, 15, 128, 1536, 3072, 128]),
    member("nfnet_f5", 416, &[1, 0, 1, 0, 0, 1, 0, 1, 6, 12, 36, 18, 128, 1536, 3072, 128]),
    member("nfnet_f6", 448, &[1, 0, 1, 0, 0, 1, 0, 1, 7, 14, 42, 21, 128, 1536, 3072, 128]),
    member("nfnet_f7", 480, &[1, 0, 1, 0, 0, 1, 0, 1, 8, 16, 48, 24, 128, 1536, 3072, 128]),
    member("nfnet_l0", 224, &[1, 0, 1, 0, 0, 1, 0, 1, 1, 2, 6, 3, 64, 1536, 2304, 64]),
];

/// How much of each block is added.
const ALPHA: f32 = 0.2;
/// What attention is multiplied by.
const ATTENTION: f32 = 2.0;
/// Added to the variance of weights.
const EPSILON: f64 = 1e-5;

/// What keeps the variance of activations at 1, for this activation.
#[derive(Clone, Copy)]
struct Style {
    activation: Activation,
    gamma: f64,
    /// Whether activations are multiplied by `gamma`; else weights are.
    in_activation: bool,
}

impl Style {
    fn of(member: &str) -> Self {
        let (activation, gamma) = match member {
            _ if member.starts_with("nf_regnet") || member.contains("nfnet_l") => (Silu, 1.788_129_329_681_396_5),
            _ if member.starts_with("nf_") => (Relu, 1.713_958_859_443_664_6),
            _ => (Activation::GELU, 1.701_504_349_708_557_1),
        };
        Style { activation, gamma, in_activation: member.starts_with("dm_") }
    }

    fn act(self, b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
        if !self.in_activation {
            return b.activation(x, name, self.activation);
        }
        let y = b.activate(x, name, self.activation)?;
        scaled(b, y, self.gamma as f32, name)
    }

    /// timm's `ScaledStdConv2d`: standardised weights times a gain of each channel.
    fn conv(self, b: &mut Builder<'_>, x: ValueId, name: &str, window: Window) -> Fit<ValueId> {
        let gamma = if self.in_activation { 1.0 } else { self.gamma };
        b.conv_by(x, name, window, |b, weight| {
            let gain = b.tensor("gain", 4)?;
            let gains = gain.as_f32().unwrap_or_default();
            if gain.len() != weight.shape()[0] {
                return Err(b.misshapen("gain", gain.shape(), "one number for each channel"));
            }
            let factor = |channel: usize, fan_in: usize| f64::from(gains[channel]) * gamma / (fan_in as f64).sqrt();
            let kernel = standardised(weight, EPSILON, factor);
            Ok(b.named_constant("weight", kernel))
        })
    }
}

/// `x` times a number.
fn scaled(b: &mut Builder<'_>, x: ValueId, factor: f32, name: &str) -> Fit<ValueId> {
    if factor == 1.0 {
        return Ok(x);
    }
    let factor = b.constant(Tensor::scalar(factor));
    b.add(ops::Mul, &[x, factor], name)
}

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let style = Style::of(member);
    if style.in_activation {
        b.conventions.padding = PaddingRule::Same;
    }
    let (mut x, stem_stride) = stem(b, style)?;
    let mut variance = 1.0f32;
    for stage in 0..b.count("stages") {
        for i in 0..b.count(&format!("stages.{stage}")) {
            let stride = if i == 0 && (stage > 0 || stem_stride == 2) { 2 } else { 1 };
            let beta = 1.0 / variance.sqrt();
            x = b.within(&format!("stages.{stage}.{i}"), |b| block(b, x, stride, beta, style))?;
            variance = if i == 0 { 1.0 } else { variance } + ALPHA * ALPHA;
        }
    }
    if b.has("final_conv") {
        x = style.conv(b, x, "final_conv", Window::stride(1))?;
    }
    let x = style.act(b, x, "final_act")?;
    b.pooled_head(x, "head")
}

/// Four convolutions, one of 7×7 and a pooling, or one of 3×3, and what they divide the extents by.
fn stem(b: &mut Builder<'_>, style: Style) -> Fit<(ValueId, usize)> {
    if !b.has("stem.conv1") {
        let image = b.image_for("stem.conv.weight")?;
        let kernel = b.tensor("stem.conv.weight", 4)?.shape()[2];
        let is_large = kernel != 3;
        b.expect_kernel("stem.conv", if is_large { 7 } else { 3 })?;
        let x = style.conv(b, image, "stem.conv", Window::stride(2))?;
        if !is_large {
            return Ok((x, 2));
        }
        let x = b.max_pool(x, "stem.pool", Pooling { kernel: 3, stride: 2, padding: 1, ceil: false })?;
        return Ok((x, 4));
    }
    let mut x = b.image_for("stem.conv1.weight")?;
    b.expect_kernel("stem.conv1", 3)?;
    for (i, stride) in [(1, 2), (2, 1), (3, 1), (4, 2)] {
        if i > 1 {
            x = style.act(b, x, &format!("stem.act{i}"))?;
        }
        x = style.conv(b, x, &format!("stem.conv{i}"), Window::stride(stride))?;
    }
    Ok((x, 4))
}

/// `NormFreeBlock`: activated and brought to variance 1 in front of its convolutions.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize, beta: f32, style: Style) -> Fit<ValueId> {
    let (same, spatial) = (Window::stride(1), Window::stride(stride).grouped());
    let y = style.act(b, x, "act1")?;
    let mut y = scaled(b, y, beta, "")?;
    let mut shortcut = x;
    if b.has("downsample") {
        shortcut = means(b, y, "downsample.pool", Step::stride(stride))?;
        shortcut = style.conv(b, shortcut, "downsample.conv", same)?;
    }
    y = style.conv(b, y, "conv1", same)?;
    y = style.act(b, y, "act2")?;
    y = style.conv(b, y, "conv2", spatial)?;
    if b.has("conv2b") {
        y = style.act(b, y, "act2b")?;
        y = style.conv(b, y, "conv2b", same.grouped())?;
    }
    y = doubled_attention(b, y, "attn")?;
    y = style.act(b, y, "act3")?;
    y = style.conv(b, y, "conv3", same)?;
    y = doubled_attention(b, y, "attn_last")?;
    if b.has("skipinit_gain") {
        let gain = b.parameter("skipinit_gain", &[])?;
        y = b.add(ops::Mul, &[y, gain], "")?;
    }
    y = scaled(b, y, ALPHA, "")?;
    b.sum(y, shortcut)
}

fn doubled_attention(b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
    if !b.has(name) {
        return Ok(x);
    }
    let y = b.attention(x, name)?;
    scaled(b, y, ATTENTION, "")
}
