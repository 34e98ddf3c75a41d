//! CSPNet (arXiv 1911.11929) on ResNet, ResNeXt and DarkNet, and DarkNet itself (1804.02767), in
//! timm's names.

use heatlens_graph::ValueId;

use super::activation::Activation::{self, Identity, LeakyRelu, Silu};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "CSPNet",
    members: MEMBERS,
    landmarks: &[
        "stem.conv1.conv.weight",
        "stages.0.blocks.0.conv1.conv.weight",
        "stages.0.blocks.0.conv2.conv.weight",
    ],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 6,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Extent("stem.conv1.conv.weight", 2),
    Count("stages"),
    Has("stages.0.conv_exp"),
    Has("stages.0.conv_transition_b"),
    Has("stages.0.blocks.0.conv3"),
    Has("stages.0.conv_down.1"),
    Has("stem.conv2"),
    Count("stages.1.blocks"),
    Count("stages.2.blocks"),
    Count("stages.3.blocks"),
    Extent("stem.conv1.conv.weight", 0),
    Extent("head.fc.weight", 1),
    Extent("stages.0.blocks.0.conv1.conv.weight", 0),
    Extent("stages.0.blocks.0.conv2.conv.weight", 1),
    Extent("stages.0.blocks.0.attn.fc1.weight", 0),
];

/// Stem, stages, parts of a stage and of a block, blocks, widths, as [`MEASURE`] asks for them.
const MEMBERS: &[Member] = &[
    member("cs3darknet_focus_l", 256, &[6, 4, 1, 0, 0, 0, 0, 6, 9, 3, 64, 1024, 64, 64, 0]),
    member("cs3darknet_focus_m", 256, &[6, 4, 1, 0, 0, 0, 0, 4, 6, 2, 48, 768, 48, 48, 0]),
    member("cs3darknet_focus_s", 256, &[6, 4, 1, 0, 0, 0, 0, 3, 4, 1, 32, 512, 32, 32, 0]),
    member("cs3darknet_focus_x", 256, &[6, 4, 1, 0, 0, 0, 0, 7, 11, 3, 80, 1280, 80, 80, 0]),
    member("cs3darknet_l", 256, &[3, 4, 1, 0, 0, 0, 1, 6, 9, 3, 32, 1024, 64, 64, 0]),
    member("cs3darknet_m", 256, &[3, 4, 1, 0, 0, 0, 1, 4, 6, 2, 24, 768, 48, 48, 0]),
    member("cs3darknet_s", 256, &[3, 4, 1, 0, 0, 0, 1, 3, 4, 1, 16, 512, 32, 32, 0]),
    member("cs3darknet_x", 256, &[3, 4, 1, 0, 0, 0, 1, 7, 11, 3, 40, 1280, 80, 80, 0]),
    member("cs3edgenet_x", 256, &[3, 4, 1, 0, 0, 0, 1, 7, 11, 3, 40, 1280, 120, 120, 0]),
    member("cs3se_edgenet_x", 256, &[3, 4, 1, 0, 0, 0, 1, 7, 11, 3, 40, 1280, 120, 120, 32]),
    member("cs3sedarknet_l", 256, &[3, 4, 1, 0, 0, 0, 1, 6, 9, 3, 32, 1024, 64, 64, 16]),
    member("cs3sedarknet_x", 256, &[3, 4, 1, 0, 0, 0, 1, 7, 11, 3, 40, 1280, 80, 80, 8]),
    member("cs3sedarknet_xdw", 256, &[3, 4, 1, 1, 1, 0, 1, 6, 12, 4, 32, 2048, 64, 64, 0]),
    member("cspdarknet53", 256, &[3, 5, 1, 1, 0, 0, 0, 2, 8, 8, 32, 1024, 32, 32, 0]),
    member("cspresnet50", 256, &[7, 4, 1, 1, 1, 0, 0, 3, 5, 2, 64, 1024, 64, 64, 0]),
    member("cspresnet50d", 256, &[3, 4, 1, 1, 1, 0, 1, 3, 5, 2, 32, 1024, 64, 64, 0]),
    member("cspresnet50w", 256, &[3, 4, 1, 1, 1, 0, 1, 3, 5, 2, 32, 2048, 32, 32, 0]),
    member("cspresnext50", 256, &[7, 4, 1, 1, 1, 0, 0, 3, 5, 2, 64, 2048, 128, 4, 0]),
    member("darknet17", 256, &[3, 5, 0, 0, 0, 0, 0, 1, 1, 1, 32, 1024, 32, 32, 0]),
    member("darknet21", 256, &[3, 5, 0, 0, 0, 0, 0, 1, 1, 2, 32, 1024, 32, 32, 0]),
    member("darknet53", 256, &[3, 5, 0, 0, 0, 0, 0, 2, 8, 8, 32, 1024, 32, 32, 0]),
    member("darknetaa53", 256, &[3, 5, 0, 0, 0, 1, 0, 2, 8, 8, 32, 1024, 32, 32, 0]),
    member("sedarknet21", 256, &[3, 5, 0, 0, 0, 0, 0, 1, 1, 2, 32, 1024, 32, 32, 8]),
];

/// What names and shapes do not tell.
#[derive(Clone, Copy)]
struct Style {
    activation: Activation,
    /// Whether what is split is not activated before.
    is_linear: bool,
}

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let activation = if member.starts_with("cs3") { Silu } else { LeakyRelu { slope: 0.01 } };
    let style = Style { activation, is_linear: member.starts_with("cspres") };
    let mut x = stem(b, style)?;
    for stage in 0..b.count("stages") {
        x = b.within(&format!("stages.{stage}"), |b| cross_stage(b, x, style))?;
    }
    b.pooled_head(x, "head")
}

/// Convolutions in a row and, on ResNet, a pooling. DarkNet's keeps the extents.
fn stem(b: &mut Builder<'_>, style: Style) -> Fit<ValueId> {
    let image = b.image_for("stem.conv1.conv.weight")?;
    let kernel = b.tensor("stem.conv1.conv.weight", 4)?.shape()[2];
    let count = b.weights().count_prefixed("stem.conv", 1);
    // A first stage that does not shrink has a pooling in front of it.
    let is_pooled = !b.has("stages.0.conv_down");
    let stride = if count == 1 && kernel == 3 { 1 } else { 2 };
    let first = Window::stride(stride);
    let first = if kernel == 6 { first.pad(2) } else { first };
    let mut x = b.conv_norm_act(image, "stem.conv1", first, style.activation)?;
    for i in 2..=count {
        x = b.conv_norm_act(x, &format!("stem.conv{i}"), Window::stride(1), style.activation)?;
    }
    let pooling = Pooling { kernel: 3, stride: 2, padding: 1, ceil: false };
    if is_pooled { b.max_pool(x, "stem.pool", pooling) } else { Ok(x) }
}

/// `DarkStage` or, where half of the channels go past the blocks, `CrossStage` and `CrossStage3`.
fn cross_stage(b: &mut Builder<'_>, x: ValueId, style: Style) -> Fit<ValueId> {
    let same = Window::stride(1);
    let mut x = x;
    if b.has("conv_down.1") {
        let halved = Pooling { kernel: 2, stride: 2, padding: 0, ceil: false };
        x = b.average_pool(x, "conv_down.0", halved)?;
        x = b.conv_norm_act(x, "conv_down.1", same, style.activation)?;
    } else if b.has("conv_down") {
        x = b.conv_norm_act(x, "conv_down", Window::stride(2).grouped(), style.activation)?;
    }
    if !b.has("conv_exp") {
        return blocks(b, x, style);
    }
    let kind = if style.is_linear { Identity } else { style.activation };
    let wide = b.conv_norm_act(x, "conv_exp", same, kind)?;
    let halves = b.split(wide, 2)?;
    let joined = if b.has("conv_transition_b") {
        let y = blocks(b, halves[1], style)?;
        let y = b.conv_norm_act(y, "conv_transition_b", same, style.activation)?;
        b.concat(&[halves[0], y])?
    } else {
        let y = blocks(b, halves[0], style)?;
        b.concat(&[y, halves[1]])?
    };
    b.conv_norm_act(joined, "conv_transition", same, style.activation)
}

fn blocks(b: &mut Builder<'_>, x: ValueId, style: Style) -> Fit<ValueId> {
    (0..b.count("blocks")).try_fold(x, |x, i| b.within(&format!("blocks.{i}"), |b| block(b, x, style)))
}

/// `BottleneckBlock` or, of two convolutions, `DarkBlock` and `EdgeBlock`, which are not activated
/// behind the sum.
fn block(b: &mut Builder<'_>, x: ValueId, style: Style) -> Fit<ValueId> {
    let (same, kind) = (Window::stride(1), style.activation);
    let gate = Activation::Sigmoid;
    let y = b.conv_norm_act(x, "conv1", same.grouped(), kind)?;
    let y = b.attention_of(y, "attn", kind, gate)?;
    let y = b.conv_norm_act(y, "conv2", same.grouped(), kind)?;
    if !b.has("conv3") {
        return b.sum(y, x);
    }
    let y = b.attention_of(y, "attn2", kind, gate)?;
    let y = b.conv_norm_act(y, "conv3", same, Identity)?;
    let y = b.attention_of(y, "attn3", kind, gate)?;
    let y = b.sum(y, x)?;
    b.activation(y, "act3", kind)
}
