//! MobileOne (arXiv 2206.04040), in timm's names: as it is trained, and with its branches made one
//! convolution.

use heatlens_graph::ValueId;

use super::activation::Activation::Identity;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::repvgg::staged;
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "MobileOne",
    members: MEMBERS,
    landmarks: &[
        "stem.conv_kxk.0.conv.weight",
        "stages.0.0.conv_scale.conv.weight",
        "stages.0.1.conv_kxk.0.conv.weight",
        "head.fc.weight",
    ],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 0,
    variants: |_| &[POOLS],
    build,
};

/// The branches of each block added up in one convolution.
pub(crate) const FUSED: Family = Family {
    title: "MobileOne (fused)",
    landmarks: &["stem.reparam_conv.weight", "stages.1.15.reparam_conv.weight", "stages.2.19.reparam_conv.weight"],
    measure: |weights| Probe::measure(weights, FUSED_MEASURE),
    members: FUSED_MEMBERS,
    ..FAMILY
};

const MEASURE: &[Probe] = &[
    Count("stages.0.0.conv_kxk"),
    Count("stages.1"),
    Count("stages.2"),
    Extent("stages.0.1.conv_kxk.0.conv.weight", 0),
    Extent("stages.3.1.conv_kxk.0.conv.weight", 0),
    Has("stages.3.1.attn"),
];

const FUSED_MEASURE: &[Probe] = &[
    Count("stages.1"),
    Count("stages.2"),
    Extent("stages.0.1.reparam_conv.weight", 0),
    Extent("stages.3.1.reparam_conv.weight", 0),
    Has("stages.3.1.attn"),
];

/// Convolutions beside each other, blocks of stages 2 and 3, widths of the first and the last stage,
/// attention.
const MEMBERS: &[Member] = &[
    member("mobileone_s0", 224, &[4, 16, 20, 48, 1024, 0]),
    member("mobileone_s1", 224, &[1, 16, 20, 96, 1280, 0]),
    member("mobileone_s2", 224, &[1, 16, 20, 96, 2048, 0]),
    member("mobileone_s3", 224, &[1, 16, 20, 128, 2048, 0]),
    member("mobileone_s4", 224, &[1, 16, 20, 192, 2048, 1]),
];
const FUSED_MEMBERS: &[Member] = &[
    member("mobileone_s0", 224, &[16, 20, 48, 1024, 0]),
    member("mobileone_s1", 224, &[16, 20, 96, 1280, 0]),
    member("mobileone_s2", 224, &[16, 20, 96, 2048, 0]),
    member("mobileone_s3", 224, &[16, 20, 128, 2048, 0]),
    member("mobileone_s4", 224, &[16, 20, 192, 2048, 1]),
];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    staged(b, block)
}

/// Convolutions side by side, one of 1×1 and a normalisation, or what they add up to.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let window = Window::stride(stride).grouped();
    let mut branches = Vec::new();
    if b.has("reparam_conv") {
        branches.push(b.conv(x, "reparam_conv", window)?);
    }
    if b.has("conv_scale") {
        branches.push(b.conv_norm_act(x, "conv_scale", window, Identity)?);
    }
    for i in 0..b.count("conv_kxk") {
        branches.push(b.conv_norm_act(x, &format!("conv_kxk.{i}"), window, Identity)?);
    }
    if b.has("identity") {
        branches.push(b.norm(x, "identity")?);
    }
    let first = branches.first().copied().unwrap_or(x);
    let y = branches.iter().skip(1).try_fold(first, |y, &branch| b.sum(y, branch))?;
    let y = b.attention(y, "attn")?;
    b.relu(y, "act")
}
