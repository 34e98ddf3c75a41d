//! RepVGG (arXiv 2101.03697), in timm's names: as it is trained, and with its branches made one
//! convolution.

use heatlens_graph::ValueId;

use super::activation::Activation::Identity;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "RepVGG",
    members: MEMBERS,
    landmarks: &["stem.conv_kxk.conv.weight", "stages.0.0.conv_1x1.conv.weight", "stages.3.0.conv_kxk.conv.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 0,
    variants: |_| &[POOLS],
    build,
};

/// The branches of each block added up in one convolution.
pub(crate) const FUSED: Family = Family {
    title: "RepVGG (fused)",
    landmarks: &["stem.reparam_conv.weight", "stages.0.0.reparam_conv.weight", "stages.3.0.reparam_conv.weight"],
    measure: |weights| Probe::measure(weights, FUSED_MEASURE),
    ..FAMILY
};

const MEASURE: &[Probe] = &[
    Count("stages.0"),
    Count("stages.1"),
    Count("stages.2"),
    Extent("stages.0.0.conv_kxk.conv.weight", 0),
    Extent("stages.0.1.conv_kxk.conv.weight", 1),
    Extent("stages.3.0.conv_kxk.conv.weight", 0),
    Has("stages.0.0.attn"),
];

const FUSED_MEASURE: &[Probe] = &[
    Count("stages.0"),
    Count("stages.1"),
    Count("stages.2"),
    Extent("stages.0.0.reparam_conv.weight", 0),
    Extent("stages.0.1.reparam_conv.weight", 1),
    Extent("stages.3.0.reparam_conv.weight", 0),
    Has("stages.0.0.attn"),
];

/// Blocks of stages 1 to 3, width of the first, channels of a group, width of the last, attention.
const MEMBERS: &[Member] = &[
    member("repvgg_a0", 224, &[2, 4, 14, 48, 48, 1280, 0]),
    member("repvgg_a1", 224, &[2, 4, 14, 64, 64, 1280, 0]),
    member("repvgg_a2", 224, &[2, 4, 14, 96, 96, 1408, 0]),
    member("repvgg_b0", 224, &[4, 6, 16, 64, 64, 1280, 0]),
    member("repvgg_b1", 224, &[4, 6, 16, 128, 128, 2048, 0]),
    member("repvgg_b1g4", 224, &[4, 6, 16, 128, 32, 2048, 0]),
    member("repvgg_b2", 224, &[4, 6, 16, 160, 160, 2560, 0]),
    member("repvgg_b2g4", 224, &[4, 6, 16, 160, 40, 2560, 0]),
    member("repvgg_b3", 224, &[4, 6, 16, 192, 192, 2560, 0]),
    member("repvgg_b3g4", 224, &[4, 6, 16, 192, 48, 2560, 0]),
    member("repvgg_d2se", 320, &[8, 14, 24, 160, 160, 2560, 1]),
];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    staged(b, block)
}

/// A stem and stages of blocks, the first of each with a stride, whose branches may be one convolution.
pub(super) fn staged(b: &mut Builder<'_>, block: fn(&mut Builder<'_>, ValueId, usize) -> Fit<ValueId>) -> Fit<ValueId> {
    let first = b.present(&["stem.conv_kxk.conv", "stem.conv_kxk.0.conv", "stem.reparam_conv"]);
    let image = b.image_for(&format!("{first}.weight"))?;
    b.expect_kernel(first, 3)?;
    let mut x = b.within("stem", |b| block(b, image, 2))?;
    for stage in 0..b.count("stages") {
        for i in 0..b.count(&format!("stages.{stage}")) {
            let stride = if i == 0 { 2 } else { 1 };
            x = b.within(&format!("stages.{stage}.{i}"), |b| block(b, x, stride))?;
        }
    }
    b.pooled_head(x, "head")
}

/// A 3×3 and a 1×1 convolution and a normalisation side by side, or what they add up to.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let window = Window::stride(stride).grouped();
    let mut y = if b.has("reparam_conv") {
        b.conv(x, "reparam_conv", window)?
    } else {
        let small = b.conv_norm_act(x, "conv_1x1", window, Identity)?;
        let large = b.conv_norm_act(x, "conv_kxk", window, Identity)?;
        b.sum(small, large)?
    };
    if b.has("identity") {
        let own = b.norm(x, "identity")?;
        y = b.sum(y, own)?;
    }
    let y = b.attention(y, "attn")?;
    b.relu(y, "act")
}
