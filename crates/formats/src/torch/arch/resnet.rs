//! ResNet (arXiv 1512.03385), ResNeXt (1611.05431), Wide ResNet (1605.07146), with the deep stem
//! and the shortcuts of 1812.01187 (`c`, `d`, `s`, `t`), with attention (SE, ECA), as ResNet-RS
//! (2103.07579) and with group normalisation. torchvision and timm name them alike.

use heatlens_graph::ValueId;

use super::activation::Activation::Relu;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::probe::Probe::{self, Extent, Has};
use super::residual::{self, Step, TRUNK};
use super::smoothing::Smoothing;
use super::variant::{ACTIVATIONS, POOLS, STRIDES};
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "ResNet",
    members: MEMBERS,
    landmarks: &["bn1.weight", "layer1.0.conv1.weight", "layer1.0.conv2.weight"],
    measure,
    fixed: 1,
    variants: |_| &[POOLS, ACTIVATIONS, STRIDES],
    build,
};

const BLOCKS: &[Probe] = &[
    Extent("layer1.0.conv1.weight", 0),
    Extent("layer1.0.se.fc1.weight", 0),
    Has("layer1.0.se.conv"),
    Has("layer1.0.se.channel"),
    Has("bn1.running_mean"),
];

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    let convolutions = if weights.has("layer1.0.conv3") { 3 } else { 2 };
    let width = weights.extent("layer1.0.conv2.weight", 0).unwrap_or(0);
    let per_group = weights.extent("layer1.0.conv2.weight", 1).unwrap_or(1).max(1);
    let ends = [Probe::measure(weights, &TRUNK), Probe::measure(weights, BLOCKS)].concat();
    [&[convolutions, width, width / per_group], &ends[..]].concat()
}

/// Convolutions a block, width of the 3×3 convolutions of the first layer, their groups, the trunk
/// ([`TRUNK`]), width of the first convolution, squeezed width, efficient channel attention, CBAM,
/// running statistics.
const MEMBERS: &[Member] = &[
    member("ecaresnet26t", 256, &[3, 64, 1, 2, 2, 2, 2, 24, 4, 0, 0, 64, 0, 1, 0, 1]),
    member("ecaresnet50d", 224, &[3, 64, 1, 3, 4, 6, 3, 32, 4, 0, 0, 64, 0, 1, 0, 1]),
    member("ecaresnet50d_pruned", 224, &[3, 18, 0, 3, 4, 6, 3, 32, 4, 0, 0, 47, 0, 1, 0, 1]),
    member("ecaresnet50t", 256, &[3, 64, 1, 3, 4, 6, 3, 24, 4, 0, 0, 64, 0, 1, 0, 1]),
    member("ecaresnet101d", 224, &[3, 64, 1, 3, 4, 23, 3, 32, 4, 0, 0, 64, 0, 1, 0, 1]),
    member("ecaresnet101d_pruned", 224, &[3, 25, 0, 3, 4, 23, 3, 32, 4, 0, 0, 45, 0, 1, 0, 1]),
    member("ecaresnet200d", 256, &[3, 64, 1, 3, 24, 36, 3, 32, 4, 0, 0, 64, 0, 1, 0, 1]),
    member("ecaresnet269d", 320, &[3, 64, 1, 3, 30, 48, 8, 32, 4, 0, 0, 64, 0, 1, 0, 1]),
    member("ecaresnetlight", 224, &[3, 64, 1, 1, 1, 11, 3, 0, 4, 0, 0, 64, 0, 1, 0, 1]),
    member("ecaresnext26t_32x4d", 224, &[3, 128, 32, 2, 2, 2, 2, 24, 4, 0, 0, 128, 0, 1, 0, 1]),
    member("ecaresnext50t_32x4d", 224, &[3, 128, 32, 3, 4, 6, 3, 24, 4, 0, 0, 128, 0, 1, 0, 1]),
    member("resnet10t", 176, &[2, 64, 1, 1, 1, 1, 1, 24, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet14t", 176, &[3, 64, 1, 1, 1, 1, 1, 24, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet18", 224, &[2, 64, 1, 2, 2, 2, 2, 0, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet18d", 224, &[2, 64, 1, 2, 2, 2, 2, 32, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet26", 224, &[3, 64, 1, 2, 2, 2, 2, 0, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet26d", 224, &[3, 64, 1, 2, 2, 2, 2, 32, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet26t", 256, &[3, 64, 1, 2, 2, 2, 2, 24, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet34", 224, &[2, 64, 1, 3, 4, 6, 3, 0, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet34d", 224, &[2, 64, 1, 3, 4, 6, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet50", 224, &[3, 64, 1, 3, 4, 6, 3, 0, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet50_gn", 224, &[3, 64, 1, 3, 4, 6, 3, 0, 1, 1, 0, 64, 0, 0, 0, 0]),
    member("resnet50c", 224, &[3, 64, 1, 3, 4, 6, 3, 32, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet50d", 224, &[3, 64, 1, 3, 4, 6, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet50s", 224, &[3, 64, 1, 3, 4, 6, 3, 64, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet50t", 224, &[3, 64, 1, 3, 4, 6, 3, 24, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet101", 224, &[3, 64, 1, 3, 4, 23, 3, 0, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet101c", 224, &[3, 64, 1, 3, 4, 23, 3, 32, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet101d", 256, &[3, 64, 1, 3, 4, 23, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet101s", 224, &[3, 64, 1, 3, 4, 23, 3, 64, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet152", 224, &[3, 64, 1, 3, 8, 36, 3, 0, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet152c", 224, &[3, 64, 1, 3, 8, 36, 3, 32, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet152d", 256, &[3, 64, 1, 3, 8, 36, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnet152s", 224, &[3, 64, 1, 3, 8, 36, 3, 64, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet200", 224, &[3, 64, 1, 3, 24, 36, 3, 0, 1, 1, 0, 64, 0, 0, 0, 1]),
    member("resnet200d", 256, &[3, 64, 1, 3, 24, 36, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]),
    member("resnetaa34d", 224, &[2, 64, 1, 3, 4, 6, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]).about(AVERAGED),
    member("resnetaa50", 224, &[3, 64, 1, 3, 4, 6, 3, 0, 1, 1, 0, 64, 0, 0, 0, 1]).about(AVERAGED),
    member("resnetaa50d", 224, &[3, 64, 1, 3, 4, 6, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]).about(AVERAGED),
    member("resnetaa101d", 224, &[3, 64, 1, 3, 4, 23, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]).about(AVERAGED),
    member("resnetblur18", 224, &[2, 64, 1, 2, 2, 2, 2, 0, 1, 1, 0, 64, 0, 0, 0, 1]).about(BLURRED),
    member("resnetblur50", 224, &[3, 64, 1, 3, 4, 6, 3, 0, 1, 1, 0, 64, 0, 0, 0, 1]).about(BLURRED),
    member("resnetblur50d", 224, &[3, 64, 1, 3, 4, 6, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]).about(BLURRED),
    member("resnetblur101d", 224, &[3, 64, 1, 3, 4, 23, 3, 32, 4, 0, 0, 64, 0, 0, 0, 1]).about(BLURRED),
    member("resnetrs50", 160, &[3, 64, 1, 3, 4, 6, 3, 32, 4, 0, 1, 64, 64, 0, 0, 1]),
    member("resnetrs101", 192, &[3, 64, 1, 3, 4, 23, 3, 32, 4, 0, 1, 64, 64, 0, 0, 1]),
    member("resnetrs152", 256, &[3, 64, 1, 3, 8, 36, 3, 32, 4, 0, 1, 64, 64, 0, 0, 1]),
    member("resnetrs200", 256, &[3, 64, 1, 3, 24, 36, 3, 32, 4, 0, 1, 64, 64, 0, 0, 1]),
    member("resnetrs270", 256, &[3, 64, 1, 4, 29, 53, 4, 32, 4, 0, 1, 64, 64, 0, 0, 1]),
    member("resnetrs350", 288, &[3, 64, 1, 4, 36, 72, 4, 32, 4, 0, 1, 64, 64, 0, 0, 1]),
    member("resnetrs420", 320, &[3, 64, 1, 4, 44, 87, 4, 32, 4, 0, 1, 64, 64, 0, 0, 1]),
    member("resnext50_32x4d", 224, &[3, 128, 32, 3, 4, 6, 3, 0, 1, 1, 0, 128, 0, 0, 0, 1]),
    member("resnext50d_32x4d", 224, &[3, 128, 32, 3, 4, 6, 3, 32, 4, 0, 0, 128, 0, 0, 0, 1]),
    member("resnext101_32x4d", 224, &[3, 128, 32, 3, 4, 23, 3, 0, 1, 1, 0, 128, 0, 0, 0, 1]),
    member("resnext101_32x8d", 224, &[3, 256, 32, 3, 4, 23, 3, 0, 1, 1, 0, 256, 0, 0, 0, 1]),
    member("resnext101_32x16d", 224, &[3, 512, 32, 3, 4, 23, 3, 0, 1, 1, 0, 512, 0, 0, 0, 1]),
    member("resnext101_32x32d", 224, &[3, 1024, 32, 3, 4, 23, 3, 0, 1, 1, 0, 1024, 0, 0, 0, 1]),
    member("resnext101_64x4d", 224, &[3, 256, 64, 3, 4, 23, 3, 0, 1, 1, 0, 256, 0, 0, 0, 1]),
    member("senet154", 224, &[3, 256, 128, 3, 8, 36, 3, 64, 1, 3, 0, 128, 16, 0, 0, 1]),
    member("seresnet18", 224, &[2, 64, 1, 2, 2, 2, 2, 0, 1, 1, 0, 64, 8, 0, 0, 1]),
    member("seresnet34", 224, &[2, 64, 1, 3, 4, 6, 3, 0, 1, 1, 0, 64, 8, 0, 0, 1]),
    member("seresnet50", 224, &[3, 64, 1, 3, 4, 6, 3, 0, 1, 1, 0, 64, 16, 0, 0, 1]),
    member("seresnet50t", 224, &[3, 64, 1, 3, 4, 6, 3, 24, 4, 0, 0, 64, 16, 0, 0, 1]),
    member("seresnet101", 224, &[3, 64, 1, 3, 4, 23, 3, 0, 1, 1, 0, 64, 16, 0, 0, 1]),
    member("seresnet152", 224, &[3, 64, 1, 3, 8, 36, 3, 0, 1, 1, 0, 64, 16, 0, 0, 1]),
    member("seresnet152d", 256, &[3, 64, 1, 3, 8, 36, 3, 32, 4, 0, 0, 64, 16, 0, 0, 1]),
    member("seresnet200d", 256, &[3, 64, 1, 3, 24, 36, 3, 32, 4, 0, 0, 64, 16, 0, 0, 1]),
    member("seresnet269d", 256, &[3, 64, 1, 3, 30, 48, 8, 32, 4, 0, 0, 64, 16, 0, 0, 1]),
    member("seresnetaa50d", 224, &[3, 64, 1, 3, 4, 6, 3, 32, 4, 0, 0, 64, 16, 0, 0, 1]).about(AVERAGED),
    member("seresnext26d_32x4d", 224, &[3, 128, 32, 2, 2, 2, 2, 32, 4, 0, 0, 128, 16, 0, 0, 1]),
    member("seresnext26t_32x4d", 224, &[3, 128, 32, 2, 2, 2, 2, 24, 4, 0, 0, 128, 16, 0, 0, 1]),
    member("seresnext50_32x4d", 224, &[3, 128, 32, 3, 4, 6, 3, 0, 1, 1, 0, 128, 16, 0, 0, 1]),
    member("seresnext101_32x4d", 224, &[3, 128, 32, 3, 4, 23, 3, 0, 1, 1, 0, 128, 16, 0, 0, 1]),
    member("seresnext101_32x8d", 224, &[3, 256, 32, 3, 4, 23, 3, 0, 1, 1, 0, 256, 16, 0, 0, 1]),
    member("seresnext101_64x4d", 224, &[3, 256, 64, 3, 4, 23, 3, 0, 1, 1, 0, 256, 16, 0, 0, 1]),
    member("seresnext101d_32x8d", 224, &[3, 256, 32, 3, 4, 23, 3, 32, 4, 0, 0, 256, 16, 0, 0, 1]),
    member("seresnextaa101d_32x8d", 288, &[3, 256, 32, 3, 4, 23, 3, 32, 4, 0, 0, 256, 16, 0, 0, 1]).about(AVERAGED),
    member("seresnextaa201d_32x8d", 384, &[3, 256, 32, 3, 24, 36, 4, 64, 4, 0, 0, 256, 16, 0, 0, 1]).about(AVERAGED),
    member("wide_resnet50_2", 224, &[3, 128, 1, 3, 4, 6, 3, 0, 1, 1, 0, 128, 0, 0, 0, 1]),
    member("wide_resnet101_2", 224, &[3, 128, 1, 3, 4, 23, 3, 0, 1, 1, 0, 128, 0, 0, 0, 1]),
];

const BLURRED: &str = "a blur in front of each stride";
const AVERAGED: &str = "means of 2×2 cells instead of strides";

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let smoothing = Smoothing::of(b, member, "layer2.0.aa")?;
    residual::network(b, smoothing, block)
}

/// `BasicBlock` or, with a third convolution, `Bottleneck`, whose stride is in the second one.
pub(super) fn block(b: &mut Builder<'_>, x: ValueId, step: Step) -> Fit<ValueId> {
    let [first, rest] = step.dilations;
    let strided = Window::stride(step.own_stride()).dilate(first);
    let is_bottleneck = b.has("conv3");
    let (act1, act2) = (b.first(&["relu", "act1"]), b.first(&["relu", "act2"]));
    let mut y = if is_bottleneck {
        let y = b.unit(x, ["conv1", "bn1", act1], Window::stride(1), Relu)?;
        b.unit(y, ["conv2", "bn2", act2], strided.grouped(), Relu)?
    } else {
        b.unit(x, ["conv1", "bn1", act1], strided, Relu)?
    };
    if step.smooths() {
        y = step.smoothing.halve(b, y, "aa")?;
    }
    let (last, norm) = if is_bottleneck { ("conv3", "bn3") } else { ("conv2", "bn2") };
    let window = if is_bottleneck { Window::stride(1) } else { Window::stride(1).dilate(rest).grouped() };
    let y = b.conv(y, last, window)?;
    let y = b.norm(y, norm)?;
    residual::join(b, x, y, step, b.first(if is_bottleneck { &["relu", "act3"] } else { &["relu", "act2"] }))
}
