//! GhostNet (arXiv 1911.11907) and V2 (2211.12905), in timm's names: half of the channels are made
//! of the other half.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation::{self, HardSigmoid, Identity, Relu, Sigmoid};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "GhostNet",
    members: MEMBERS,
    landmarks: &["conv_stem.weight", "blocks.0.0.ghost1.primary_conv.0.weight", "classifier.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 2,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Count("blocks"),
    Has("blocks.6.0.ghost1.short_conv"),
    Extent("conv_stem.weight", 0),
    Extent("conv_head.weight", 1),
];

/// Stages, V2's gate, width of the stem and of the last block.
const MEMBERS: &[Member] = &[
    member("ghostnet_050", 224, &[10, 0, 8, 480]),
    member("ghostnet_100", 224, &[10, 0, 16, 960]),
    member("ghostnet_130", 224, &[10, 0, 20, 1248]),
    member("ghostnetv2_100", 224, &[10, 1, 16, 960]),
    member("ghostnetv2_130", 224, &[10, 1, 20, 1248]),
    member("ghostnetv2_160", 224, &[10, 1, 24, 1536]),
];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("conv_stem.weight")?;
    b.expect_kernel("conv_stem", 3)?;
    let mut x = b.unit(image, ["conv_stem", "bn1", "act1"], Window::stride(2), Relu)?;
    for stage in 0..b.count("blocks") {
        for i in 0..b.count(&format!("blocks.{stage}")) {
            x = b.within(&format!("blocks.{stage}.{i}"), |b| {
                if b.has("conv") { b.unit(x, ["conv", "bn1", "bn1.act"], Window::stride(1), Relu) } else { block(b, x) }
            })?;
        }
    }
    let x = b.global_pool(x, "global_pool.pool")?;
    let x = b.conv(x, "conv_head", Window::stride(1))?;
    let x = b.relu(x, "act2")?;
    let x = b.flatten(x, "flatten")?;
    b.head(x, "classifier", &[])
}

/// `GhostBottleneck`: with a depthwise convolution it halves the extents.
fn block(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let stride = if b.has("conv_dw") { 2 } else { 1 };
    let strided = Window::stride(stride).depthwise();
    let mut y = b.within("ghost1", |b| ghost(b, x, Relu))?;
    if stride > 1 {
        y = b.conv(y, "conv_dw", strided)?;
        y = b.norm(y, "bn_dw")?;
    }
    if b.has("se") {
        let parts = ["", "conv_reduce", "act1", "conv_expand", "gate"];
        y = b.within("se", |b| b.squeeze_excitation(y, parts, Relu, HardSigmoid))?;
    }
    y = b.within("ghost2", |b| ghost(b, y, Identity))?;
    let mut shortcut = x;
    if b.has("shortcut") {
        shortcut = b.unit(shortcut, ["shortcut.0", "shortcut.1", ""], strided, Identity)?;
        shortcut = b.unit(shortcut, ["shortcut.2", "shortcut.3", ""], Window::stride(1), Identity)?;
    }
    b.sum(y, shortcut)
}

/// `GhostModule`: a convolution, and what a depthwise one makes of its channels. In V2 a gate from
/// afar (`short_conv`) weighs both.
fn ghost(b: &mut Builder<'_>, x: ValueId, kind: Activation) -> Fit<ValueId> {
    let own = b.unit(x, ["primary_conv.0", "primary_conv.1", "primary_conv.2"], Window::stride(1), kind)?;
    let cheap = Window::stride(1).depthwise();
    let made = b.unit(own, ["cheap_operation.0", "cheap_operation.1", "cheap_operation.2"], cheap, kind)?;
    let y = b.concat(&[own, made])?;
    if !b.has("short_conv") {
        return Ok(y);
    }
    let pooled = b.average_pool(x, "", Pooling { kernel: 2, stride: 2, padding: 0, ceil: false })?;
    let mut gate = b.unit(pooled, ["short_conv.0", "short_conv.1", ""], Window::stride(1), Identity)?;
    for [convolution, norm] in [["short_conv.2", "short_conv.3"], ["short_conv.4", "short_conv.5"]] {
        gate = b.unit(gate, [convolution, norm, ""], cheap, Identity)?;
    }
    let gate = b.activation(gate, "gate_fn", Sigmoid)?;
    let gate = b.enlarge(gate, y)?;
    b.add(ops::Mul, &[y, gate], "")
}
