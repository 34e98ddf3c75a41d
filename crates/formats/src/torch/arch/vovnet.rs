//! VoVNet (arXiv 1904.09730) and its second version with attention (1911.06667), in timm's names.

use heatlens_graph::ValueId;

use super::activation::Activation::Relu;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "VoVNet",
    members: MEMBERS,
    landmarks: &["stem.0.conv.weight", "stages.0.blocks.0.conv_concat.conv.weight", "head.fc.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 0,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Count("stages.1.blocks"),
    Count("stages.2.blocks"),
    Count("stages.3.blocks"),
    Count("stages.0.blocks.0.conv_mid"),
    Has("stages.0.blocks.0.conv_mid.0.conv_dw"),
    Has("stages.0.blocks.0.attn.fc"),
    Has("stages.0.blocks.0.attn.conv"),
    Extent("stem.2.conv.weight", 0),
    Extent("stages.0.blocks.0.conv_concat.conv.weight", 0),
];

/// Blocks of stages 2 to 4, convolutions of a block, depthwise ones, squeeze-and-excitation, efficient channel attention, widths.
const MEMBERS: &[Member] = &[
    member("eca_vovnet39b", 224, &[1, 2, 2, 5, 0, 0, 1, 128, 256]),
    member("ese_vovnet19b_dw", 224, &[1, 1, 1, 3, 1, 1, 0, 0, 256]),
    member("ese_vovnet19b_slim", 224, &[1, 1, 1, 3, 0, 1, 0, 128, 112]),
    member("ese_vovnet19b_slim_dw", 224, &[1, 1, 1, 3, 1, 1, 0, 0, 112]),
    member("ese_vovnet39b", 224, &[1, 2, 2, 5, 0, 1, 0, 128, 256]),
    member("ese_vovnet57b", 256, &[1, 4, 3, 5, 0, 1, 0, 128, 256]),
    member("ese_vovnet99b", 224, &[3, 9, 3, 5, 0, 1, 0, 128, 256]),
    member("vovnet39a", 224, &[1, 2, 2, 5, 0, 0, 0, 128, 256]),
    member("vovnet57a", 224, &[1, 4, 3, 5, 0, 0, 0, 128, 256]),
];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("stem.0.conv.weight")?;
    b.expect_kernel("stem.0.conv", 3)?;
    let x = b.conv_norm_act(image, "stem.0", Window::stride(2), Relu)?;
    let x = unit(b, x, "stem.1", 1)?;
    let mut x = unit(b, x, "stem.2", 2)?;
    // Blocks are added to what they take where any of the network has attention.
    let is_residual = b.has("stages.0.blocks.0.attn");
    for stage in 0..4 {
        if stage > 0 {
            let pooling = Pooling { kernel: 3, stride: 2, padding: 0, ceil: true };
            x = b.max_pool(x, &format!("stages.{stage}.pool"), pooling)?;
        }
        for i in 0..b.count(&format!("stages.{stage}.blocks")) {
            let adds = is_residual && i > 0;
            x = b.within(&format!("stages.{stage}.blocks.{i}"), |b| block(b, x, adds))?;
        }
    }
    b.pooled_head(x, "head")
}

/// timm's `ConvNormAct` or `SeparableConvNormAct`.
fn unit(b: &mut Builder<'_>, x: ValueId, name: &str, stride: usize) -> Fit<ValueId> {
    b.within(name, |b| {
        if !b.has("conv_dw") {
            return b.conv_norm_act(x, "", Window::stride(stride), Relu);
        }
        let y = b.conv(x, "conv_dw", Window::stride(stride).depthwise())?;
        b.unit(y, ["conv_pw", "bn", "bn.act"], Window::stride(1), Relu)
    })
}

/// One-shot aggregation: what each of the convolutions in a row makes, joined.
fn block(b: &mut Builder<'_>, x: ValueId, adds: bool) -> Fit<ValueId> {
    let mut y = x;
    if b.has("conv_reduction") {
        y = b.conv_norm_act(y, "conv_reduction", Window::stride(1), Relu)?;
    }
    let mut made = vec![x];
    for i in 0..b.count("conv_mid") {
        y = unit(b, y, &format!("conv_mid.{i}"), 1)?;
        made.push(y);
    }
    let y = b.concat(&made)?;
    let y = b.conv_norm_act(y, "conv_concat", Window::stride(1), Relu)?;
    let y = b.attention(y, "attn")?;
    if adds { b.sum(y, x) } else { Ok(y) }
}
