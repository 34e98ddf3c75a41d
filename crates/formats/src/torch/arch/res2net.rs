//! Res2Net (arXiv 1904.01169), in timm's names: ResNet whose 3×3 convolutions are a hierarchy of
//! narrow ones, each of which sees what the one before it made.

use heatlens_graph::ValueId;

use super::activation::Activation::Relu;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent};
use super::residual::{self, Step, TRUNK};
use super::smoothing::Smoothing;
use super::variant::{POOLS, STRIDES};

pub(crate) const FAMILY: Family = Family {
    title: "Res2Net",
    members: MEMBERS,
    landmarks: &["bn1.weight", "layer1.0.conv1.weight", "layer1.0.convs.0.weight", "layer1.0.bns.0.weight"],
    measure: |weights| [Probe::measure(weights, &TRUNK), Probe::measure(weights, BLOCKS)].concat(),
    fixed: 0,
    variants: |_| &[POOLS, STRIDES],
    build: |b, _| residual::network(b, Smoothing::None, block),
};

const BLOCKS: &[Probe] =
    &[Count("layer1.0.convs"), Extent("layer1.0.convs.0.weight", 0), Extent("layer1.0.convs.0.weight", 1)];

/// The trunk ([`TRUNK`]), narrow convolutions of a block, their width, channels of a group.
const MEMBERS: &[Member] = &[
    member("res2net50_14w_8s", 224, &[3, 4, 6, 3, 0, 1, 1, 0, 7, 14, 14]),
    member("res2net50_26w_4s", 224, &[3, 4, 6, 3, 0, 1, 1, 0, 3, 26, 26]),
    member("res2net50_26w_6s", 224, &[3, 4, 6, 3, 0, 1, 1, 0, 5, 26, 26]),
    member("res2net50_26w_8s", 224, &[3, 4, 6, 3, 0, 1, 1, 0, 7, 26, 26]),
    member("res2net50_48w_2s", 224, &[3, 4, 6, 3, 0, 1, 1, 0, 1, 48, 48]),
    member("res2net50d", 224, &[3, 4, 6, 3, 32, 4, 0, 0, 3, 26, 26]),
    member("res2net101_26w_4s", 224, &[3, 4, 23, 3, 0, 1, 1, 0, 3, 26, 26]),
    member("res2net101d", 224, &[3, 4, 23, 3, 32, 4, 0, 0, 3, 26, 26]),
    member("res2next50", 224, &[3, 4, 6, 3, 0, 1, 1, 0, 3, 32, 4]),
];

/// `Bottle2neck`: in the first block of a layer the parts do not see each other.
fn block(b: &mut Builder<'_>, x: ValueId, step: Step) -> Fit<ValueId> {
    let y = b.unit(x, ["conv1", "bn1", "relu"], Window::stride(1), Relu)?;
    let y = hierarchy(b, y, step, b.has("downsample"))?;
    let y = b.conv(y, "conv3", Window::stride(1))?;
    let y = b.norm(y, "bn3")?;
    residual::join(b, x, y, step, "relu")
}

/// The narrow convolutions on one part of the channels each, the last part pooled or as it is. Each
/// sees what the one before it made, unless they are `apart`.
pub(super) fn hierarchy(b: &mut Builder<'_>, x: ValueId, step: Step, apart: bool) -> Fit<ValueId> {
    let convolutions = b.count("convs");
    let parts = b.split(x, convolutions + 1)?;
    let window = Window::stride(step.stride).dilate(step.dilations[0]).grouped();
    let mut made: Vec<ValueId> = Vec::new();
    for (i, &part) in parts[..convolutions].iter().enumerate() {
        let part = match made.last() {
            Some(&before) if !apart => b.sum(before, part)?,
            _ => part,
        };
        made.push(b.unit(part, [&format!("convs.{i}"), &format!("bns.{i}"), "relu"], window, Relu)?);
    }
    let rest = parts[convolutions];
    let pooling = Pooling { kernel: 3, stride: step.stride, padding: 1, ceil: false };
    made.push(if apart { b.average_pool(rest, "pool", pooling)? } else { rest });
    b.concat(&made)
}
