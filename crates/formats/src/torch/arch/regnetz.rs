//! RegNet-Z (arXiv 2103.06877 as timm has it), in the names of timm's `ByobNet`.

use heatlens_graph::ValueId;

use super::activation::Activation::{Identity, Silu};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "RegNet-Z",
    members: MEMBERS,
    landmarks: &[
        "stages.0.0.conv1_1x1.conv.weight",
        "stages.0.0.conv2_kxk.bn.running_mean",
        "stages.0.0.attn.fc1.weight",
        "final_conv.conv.weight",
        "head.fc.weight",
    ],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 1,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Has("stem.conv3"),
    Count("stages.0"),
    Count("stages.1"),
    Count("stages.2"),
    Count("stages.3"),
    Extent("stages.0.0.conv1_1x1.conv.weight", 0),
    Extent("stages.0.0.conv2_kxk.conv.weight", 1),
    Extent("final_conv.conv.weight", 0),
];

/// A stem of three convolutions, blocks of each stage, width within the first block, channels of a group,
/// features.
const MEMBERS: &[Member] = &[
    member("regnetz_b16", 224, &[0, 2, 6, 12, 2, 96, 16, 1536]),
    member("regnetz_c16", 256, &[0, 2, 6, 12, 2, 128, 16, 1536]),
    member("regnetz_d32", 256, &[1, 3, 6, 12, 3, 256, 32, 1792]),
    member("regnetz_d8", 256, &[1, 3, 6, 12, 3, 256, 8, 1792]),
    member("regnetz_e8", 256, &[1, 3, 8, 16, 3, 256, 8, 2048]),
];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let tiered = b.has("stem.conv3");
    let mut x = if tiered {
        let image = b.image_for("stem.conv1.conv.weight")?;
        b.expect_kernel("stem.conv1.conv", 3)?;
        let x = b.conv_norm_act(image, "stem.conv1", Window::stride(2), Silu)?;
        let x = b.conv_norm_act(x, "stem.conv2", Window::stride(1), Silu)?;
        b.conv_norm_act(x, "stem.conv3", Window::stride(2), Silu)?
    } else {
        let image = b.image_for("stem.conv.weight")?;
        b.expect_kernel("stem.conv", 3)?;
        b.conv_norm_act(image, "stem", Window::stride(2), Silu)?
    };
    for stage in 0..b.count("stages") {
        for i in 0..b.count(&format!("stages.{stage}")) {
            let stride = if i == 0 && !(tiered && stage == 0) { 2 } else { 1 };
            x = b.within(&format!("stages.{stage}.{i}"), |b| block(b, x, stride))?;
        }
    }
    let x = b.conv_norm_act(x, "final_conv", Window::stride(1), Silu)?;
    b.pooled_head(x, "head")
}

/// A bottleneck that widens, without an activation at its end.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let y = b.conv_norm_act(x, "conv1_1x1", Window::stride(1), Silu)?;
    let y = b.conv_norm_act(y, "conv2_kxk", Window::stride(stride).grouped(), Silu)?;
    let y = b.attention(y, "attn")?;
    let y = b.conv_norm_act(y, "conv3_1x1", Window::stride(1), Identity)?;
    if stride == 1 && b.channels(x) == b.channels(y) { b.sum(x, y) } else { Ok(y) }
}
