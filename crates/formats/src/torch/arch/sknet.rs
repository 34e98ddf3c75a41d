//! SKNet (arXiv 1903.06586), in timm's names: ResNet that chooses between kernels.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation::{Identity, Relu};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::probe::Probe::{self, Extent, Has};
use super::residual::{self, Step, TRUNK};
use super::smoothing::Smoothing;
use super::variant::POOLS;
use super::weights::Weights;

pub(crate) const BASIC: Family = Family {
    title: "SKNet",
    members: MEMBERS,
    landmarks: &["bn1.weight", "layer1.0.conv1.attn.fc_reduce.weight", "layer1.0.conv2.bn.weight"],
    measure,
    fixed: 1,
    variants: |_| &[POOLS],
    build: |b, _| residual::network(b, Smoothing::None, block),
};

pub(crate) const BOTTLENECK: Family = Family {
    title: "SKNet (bottlenecks)",
    landmarks: &["bn1.weight", "layer1.0.conv2.attn.fc_reduce.weight", "layer1.0.conv3.bn.weight"],
    ..BASIC
};

const BLOCKS: &[Probe] =
    &[Has("layer1.0.conv3"), Extent("layer1.0.conv1.conv.weight", 0), Extent("layer1.0.conv2.paths.0.conv.weight", 1)];

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    [Probe::measure(weights, BLOCKS), Probe::measure(weights, &TRUNK)].concat()
}

/// Third convolution, width of the first, channels of a group, the trunk ([`TRUNK`]).
const MEMBERS: &[Member] = &[
    member("skresnet18", 224, &[0, 0, 0, 2, 2, 2, 2, 0, 1, 1, 0]),
    member("skresnet34", 224, &[0, 0, 0, 3, 4, 6, 3, 0, 1, 1, 0]),
    member("skresnet50", 224, &[1, 64, 32, 3, 4, 6, 3, 0, 1, 1, 0]),
    member("skresnet50d", 224, &[1, 64, 32, 3, 4, 6, 3, 32, 4, 0, 0]),
    member("skresnext50_32x4d", 224, &[1, 128, 4, 3, 4, 6, 3, 0, 1, 1, 0]),
];

/// A residual block of two or three convolutions, of which the one with the stride chooses.
fn block(b: &mut Builder<'_>, x: ValueId, step: Step) -> Fit<ValueId> {
    let (same, rest) = (Window::stride(1), Window::stride(1).dilate(step.dilations[1]));
    let y = if b.has("conv3") {
        let y = b.conv_norm_act(x, "conv1", same, Relu)?;
        let y = b.within("conv2", |b| selective_kernel(b, y, step))?;
        b.conv_norm_act(y, "conv3", same, Identity)?
    } else {
        let y = b.within("conv1", |b| selective_kernel(b, x, step))?;
        b.conv_norm_act(y, "conv2", rest, Identity)?
    };
    residual::join(b, x, y, step, "act")
}

/// timm's `SelectiveKernel`: two 3×3 convolutions, one of them dilated, each on half of the channels
/// or on all, and what weighs them.
fn selective_kernel(b: &mut Builder<'_>, x: ValueId, step: Step) -> Fit<ValueId> {
    let paths = b.count("paths").max(1);
    let per_group = b.tensor("paths.0.conv.weight", 4)?.shape()[1];
    let inputs = if per_group * paths == b.channels(x) { b.split(x, paths)? } else { vec![x; paths] };
    let mut made = Vec::new();
    for (i, part) in inputs.into_iter().enumerate() {
        let window = Window::stride(step.stride).dilate(step.dilations[0] * (i + 1)).grouped();
        made.push(b.conv_norm_act(part, &format!("paths.{i}"), window, Relu)?);
    }
    let sum = made[1..].iter().try_fold(made[0], |sum, &part| b.sum(sum, part))?;
    let weights = b.within("attn", |b| {
        let pooled = b.add(ops::GlobalAveragePool, &[sum], "")?;
        let y = b.unit(pooled, ["fc_reduce", "bn", "act"], Window::stride(1), Relu)?;
        let y = b.conv(y, "fc_select", Window::stride(1))?;
        b.softmax_over_parts(y, 1, paths)
    })?;
    b.weighted_sum(&made, &weights)
}
