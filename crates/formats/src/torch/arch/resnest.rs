//! ResNeSt (arXiv 2004.08955), in timm's names: ResNet whose 3×3 convolutions are split into parts
//! that are weighed against each other.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation::{Relu, Sigmoid};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Extent};
use super::residual::{self, Step, TRUNK};
use super::smoothing::Smoothing;
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "ResNeSt",
    members: MEMBERS,
    landmarks: &["bn1.weight", "layer1.0.conv1.weight", "layer1.0.conv2.conv.weight", "layer1.0.conv2.fc2.weight"],
    measure: |weights| [Probe::measure(weights, &TRUNK), Probe::measure(weights, BLOCKS)].concat(),
    fixed: 0,
    variants: |_| &[POOLS],
    build,
};

const BLOCKS: &[Probe] = &[Extent("layer1.0.conv1.weight", 0), Extent("layer1.0.conv2.conv.weight", 0)];

/// The trunk ([`TRUNK`]), width of the first and of the split convolution.
const MEMBERS: &[Member] = &[
    member("resnest14d", 224, &[1, 1, 1, 1, 32, 4, 0, 0, 64, 128]),
    member("resnest26d", 224, &[2, 2, 2, 2, 32, 4, 0, 0, 64, 128]),
    member("resnest50d", 224, &[3, 4, 6, 3, 32, 4, 0, 0, 64, 128]),
    member("resnest50d_1s4x24d", 224, &[3, 4, 6, 3, 32, 4, 0, 0, 96, 96]),
    member("resnest50d_4s2x40d", 224, &[3, 4, 6, 3, 32, 4, 0, 0, 80, 320]),
    member("resnest101e", 256, &[3, 4, 23, 3, 64, 4, 0, 0, 64, 128]),
    member("resnest200e", 320, &[3, 24, 36, 3, 64, 4, 0, 0, 64, 128]),
    member("resnest269e", 416, &[3, 30, 48, 8, 64, 4, 0, 0, 64, 128]),
];

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    // The networks with several groups shrink in front of the split convolution.
    let first = ["4s2x40d", "1s4x24d"].iter().any(|end| member.ends_with(end));
    residual::network(b, Smoothing::None, |b, x, step| block(b, x, step, first))
}

/// A bottleneck that shrinks by means of 3×3 cells, in front of the split convolution or behind it.
fn block(b: &mut Builder<'_>, x: ValueId, step: Step, first: bool) -> Fit<ValueId> {
    let pooling = Pooling { kernel: 3, stride: step.stride, padding: 1, ceil: false };
    let mut y = b.unit(x, ["conv1", "bn1", "act1"], Window::stride(1), Relu)?;
    if first && step.stride > 1 {
        y = b.average_pool(y, "avd_first", pooling)?;
    }
    y = b.within("conv2", |b| split_attention(b, y))?;
    if !first && step.stride > 1 {
        y = b.average_pool(y, "avd_last", pooling)?;
    }
    let y = b.conv(y, "conv3", Window::stride(1))?;
    let y = b.norm(y, "bn3")?;
    residual::join(b, x, y, step, "act3")
}

/// timm's `SplitAttn`: a convolution into parts, as wide as `x` each, and what weighs them.
fn split_attention(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let width = b.channels(x).max(1);
    let y = b.unit(x, ["conv", "bn0", "act0"], Window::stride(1).grouped(), Relu)?;
    let parts = b.split(y, (b.channels(y) / width).max(1))?;
    let sum = parts[1..].iter().try_fold(parts[0], |sum, &part| b.sum(sum, part))?;
    let pooled = b.add(ops::GlobalAveragePool, &[sum], "")?;
    let per_group = b.tensor("fc1.weight", 4)?.shape()[1].max(1);
    let squeezed = b.unit(pooled, ["fc1", "bn1", "act1"], Window::stride(1).grouped(), Relu)?;
    let weight = b.conv(squeezed, "fc2", Window::stride(1).grouped())?;
    if let [only] = parts[..] {
        let gate = b.activate(weight, "rsoftmax", Sigmoid)?;
        return b.add(ops::Mul, &[only, gate], "");
    }
    b.pickled("rsoftmax");
    let weights = b.softmax_over_parts(weight, (width / per_group).max(1), parts.len())?;
    b.weighted_sum(&parts, &weights)
}
