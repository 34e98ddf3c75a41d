//! ReXNet (arXiv 2007.00992), in timm's names.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation::{Identity, Relu6, Silu};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "ReXNet",
    members: MEMBERS,
    landmarks: &["stem.conv.weight", "features.0.conv_dw.conv.weight", "features.1.conv_exp.conv.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 1,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Count("features"),
    Extent("stem.conv.weight", 0),
    Extent("head.fc.weight", 1),
    Extent("features.3.se.fc1.weight", 0),
];

/// Blocks and the last convolution, width of the stem and of the features, squeezed width.
const MEMBERS: &[Member] = &[
    member("rexnet_100", 224, &[17, 32, 1280, 19]),
    member("rexnet_130", 224, &[17, 42, 1664, 25]),
    member("rexnet_150", 224, &[17, 48, 1920, 29]),
    member("rexnet_200", 224, &[17, 64, 2560, 38]),
    member("rexnet_300", 224, &[17, 96, 3840, 58]),
    member("rexnetr_100", 224, &[17, 32, 1280, 24]),
    member("rexnetr_130", 224, &[17, 40, 1664, 24]),
    member("rexnetr_150", 224, &[17, 48, 1920, 32]),
    member("rexnetr_200", 224, &[17, 64, 2560, 40]),
    member("rexnetr_300", 224, &[17, 96, 3840, 64]),
];

/// Strides of the blocks; behind them is a last convolution.
const STRIDES: [usize; 16] = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("stem.conv.weight")?;
    b.expect_kernel("stem.conv", 3)?;
    let mut x = b.conv_norm_act(image, "stem", Window::stride(2), Silu)?;
    for (i, stride) in STRIDES.into_iter().enumerate() {
        x = b.within(&format!("features.{i}"), |b| block(b, x, stride))?;
    }
    let x = b.conv_norm_act(x, &format!("features.{}", STRIDES.len()), Window::stride(1), Silu)?;
    b.pooled_head(x, "head")
}

/// An inverted residual block that adds what it takes to as many of the channels that it makes.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let mut y = x;
    if b.has("conv_exp") {
        y = b.conv_norm_act(y, "conv_exp", Window::stride(1), Silu)?;
    }
    y = b.conv_norm_act(y, "conv_dw", Window::stride(stride).depthwise(), Identity)?;
    y = b.attention(y, "se")?;
    y = b.activation(y, "act_dw", Relu6)?;
    y = b.conv_norm_act(y, "conv_pwl", Window::stride(1), Identity)?;
    let (takes, makes) = (b.channels(x), b.channels(y));
    if stride > 1 || takes > makes {
        return Ok(y);
    }
    if takes == makes {
        return b.sum(y, x);
    }
    let extents = b.constant(Tensor::ints(&[takes as i64, (makes - takes) as i64]));
    let parts = b.add_many(ops::Split { axis: 1, outputs: 2 }, &[y, extents], "")?;
    let sum = b.sum(parts[0], x)?;
    b.concat(&[sum, parts[1]])
}
