//! ResNet (arXiv 1512.03385), ResNeXt (1611.05431), Wide ResNet (1605.07146). torchvision and timm
//! name them alike.

use heatlens_graph::{Tensor, ValueId, ops};

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::variant::{ACTIVATIONS, POOLS, STRIDES};
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "ResNet",
    members: MEMBERS,
    landmarks: &["conv1.weight", "bn1.weight", "layer1.0.conv1.weight", "layer1.0.conv2.weight"],
    measure,
    fixed: 1,
    variants: |_| &[POOLS, ACTIVATIONS, STRIDES],
    build,
};

/// Convolutions a block, blocks of each layer, width of the 3×3 convolutions of the first layer,
/// their groups.
const MEMBERS: &[Member] = &[
    member("resnet18", 224, &[2, 2, 2, 2, 2, 64, 1]),
    member("resnet34", 224, &[2, 3, 4, 6, 3, 64, 1]),
    member("resnet26", 224, &[3, 2, 2, 2, 2, 64, 1]),
    member("resnet50", 224, &[3, 3, 4, 6, 3, 64, 1]),
    member("resnet101", 224, &[3, 3, 4, 23, 3, 64, 1]),
    member("resnet152", 224, &[3, 3, 8, 36, 3, 64, 1]),
    member("resnet200", 224, &[3, 3, 24, 36, 3, 64, 1]),
    member("resnext50_32x4d", 224, &[3, 3, 4, 6, 3, 128, 32]),
    member("resnext101_32x4d", 224, &[3, 3, 4, 23, 3, 128, 32]),
    member("resnext101_32x8d", 224, &[3, 3, 4, 23, 3, 256, 32]),
    member("resnext101_64x4d", 224, &[3, 3, 4, 23, 3, 256, 64]),
    member("resnext101_32x16d", 224, &[3, 3, 4, 23, 3, 512, 32]),
    member("resnext101_32x32d", 224, &[3, 3, 4, 23, 3, 1024, 32]),
    member("wide_resnet50_2", 224, &[3, 3, 4, 6, 3, 128, 1]),
    member("wide_resnet101_2", 224, &[3, 3, 4, 23, 3, 128, 1]),
    member("resnetblur18", 224, &[2, 2, 2, 2, 2, 64, 1]).about(BLURRED),
    member("resnetblur50", 224, &[3, 3, 4, 6, 3, 64, 1]).about(BLURRED),
    member("resnetaa50", 224, &[3, 3, 4, 6, 3, 64, 1]).about("means of 2×2 cells instead of strides"),
];

const BLURRED: &str = "a blur in front of each stride";

const LAYERS: [&str; 4] = ["layer1", "layer2", "layer3", "layer4"];

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    let convolutions = if weights.has("layer1.0.conv3") { 3 } else { 2 };
    let width = weights.extent("layer1.0.conv2.weight", 0).unwrap_or(0);
    let per_group = weights.extent("layer1.0.conv2.weight", 1).unwrap_or(1).max(1);
    let blocks = LAYERS.map(|layer| weights.count(layer));
    [&[convolutions], &blocks[..], &[width, width / per_group]].concat()
}

/// What stands in front of each stride, so that it does not alias (arXiv 1904.11486).
#[derive(Clone, Copy, PartialEq)]
enum Smoothing {
    None,
    /// Means of 2×2 cells.
    Means,
    /// A binomial filter of 3×3 cells, the edge mirrored.
    Blur,
}

impl Smoothing {
    /// As the pickled network has it, else as the name says.
    fn of(b: &Builder<'_>, member: &str) -> Fit<Self> {
        let Some(module) = b.pickled("layer2.0.aa") else {
            return Ok(match member {
                _ if b.has_pickled("layer2.0") => Smoothing::None,
                _ if member.starts_with("resnetaa") => Smoothing::Means,
                _ if member.starts_with("resnetblur") => Smoothing::Blur,
                _ => Smoothing::None,
            });
        };
        match module.known_class() {
            "Identity" => Ok(Smoothing::None),
            "AvgPool2d" => Ok(Smoothing::Means),
            "BlurPool2d" if module.int("filt_size").unwrap_or(3) == 3 => Ok(Smoothing::Blur),
            _ => Err(b.misplaced("layer2.0.aa", module, "means of 2×2 cells or a blur of 3×3 are supported here")),
        }
    }

    /// Halves the extents of `x`.
    fn halve(self, b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
        b.pickled(name);
        if self == Smoothing::Means {
            let (kernel, padding) = ([2; 2], ops::Padding::NONE);
            let op = ops::AveragePool { kernel, strides: kernel, padding, ceil_mode: false, count_include_pad: true };
            return b.add(op, &[x], name);
        }
        blur(b, x, name)
    }
}

/// A binomial filter of 3×3 cells with a stride of 2, the edge mirrored: timm's `BlurPool2d`.
pub(super) fn blur(b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
    let pads = b.constant(Tensor::ints(&[0, 0, 1, 1, 0, 0, 1, 1]));
    let padded = b.add(ops::Pad { mode: ops::PadMode::Reflect }, &[x, pads], name)?;
    let channels = b.channels(x);
    let binomial = [1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0].map(|w: f32| w / 16.0);
    let filter = b.constant(Tensor::f32([channels, 1, 3, 3], binomial.repeat(channels)));
    let op = ops::Conv { strides: [2; 2], dilations: [1; 2], padding: ops::Padding::NONE, group: channels };
    b.add(op, &[padded, filter], name)
}

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let smoothing = Smoothing::of(b, member)?;
    let image = b.image_for("conv1.weight")?;
    b.expect_kernel("conv1", 7)?;
    let x = b.conv(image, "conv1", Window::stride(2))?;
    let x = b.batch_norm(x, "bn1")?;
    let x = b.relu(x, b.first(&["relu", "act1"]))?;
    let mut x = stem_pool(b, x, smoothing)?;
    let (mut reached, mut dilation) = (4, 1);
    for (stage, layer) in LAYERS.into_iter().enumerate() {
        let (mut stride, before) = (if stage > 0 { 2 } else { 1 }, dilation);
        if stride > 1 && b.variant.output_stride.is_some_and(|most| reached >= most) {
            (stride, dilation) = (1, dilation * stride);
        }
        reached *= stride;
        for i in 0..b.count(layer).max(1) {
            let (stride, first) = if i == 0 { (stride, before) } else { (1, dilation) };
            x = b.within(&format!("{layer}.{i}"), |b| block(b, x, stride, [first, dilation], smoothing))?;
        }
    }
    let x = b.global_pool(x, "avgpool")?;
    let x = b.flatten(x, "")?;
    b.head(x, "fc", &[])
}

fn stem_pool(b: &mut Builder<'_>, x: ValueId, smoothing: Smoothing) -> Fit<ValueId> {
    let pooling = Pooling { kernel: 3, stride: 2, padding: 1, ceil: false };
    match smoothing {
        Smoothing::None => b.max_pool(x, "maxpool", pooling),
        Smoothing::Means => smoothing.halve(b, x, "maxpool"),
        Smoothing::Blur => {
            let x = b.max_pool(x, "maxpool.0", Pooling { stride: 1, ..pooling })?;
            smoothing.halve(b, x, "maxpool.1")
        }
    }
}

/// `BasicBlock` or, with a third convolution, `Bottleneck`, whose stride is in the second one. The
/// first of two dilations is that of the convolution with the stride.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize, dilations: [usize; 2], smoothing: Smoothing) -> Fit<ValueId> {
    let bottleneck = b.has("conv3");
    let smooths = smoothing != Smoothing::None && stride > 1;
    let own = if smooths { 1 } else { stride };
    let mut y = x;
    if bottleneck {
        y = b.conv(y, "conv1", Window::stride(1))?;
        y = b.batch_norm(y, "bn1")?;
        y = b.relu(y, b.first(&["relu", "act1"]))?;
        y = b.conv(y, "conv2", Window::stride(own).dilate(dilations[0]).grouped())?;
        y = b.batch_norm(y, "bn2")?;
        y = b.relu(y, b.first(&["relu", "act2"]))?;
    } else {
        y = b.conv(y, "conv1", Window::stride(own).dilate(dilations[0]))?;
        y = b.batch_norm(y, "bn1")?;
        y = b.relu(y, b.first(&["relu", "act1"]))?;
    }
    if smooths {
        y = smoothing.halve(b, y, "aa")?;
    }
    if bottleneck {
        y = b.conv(y, "conv3", Window::stride(1))?;
        y = b.batch_norm(y, "bn3")?;
    } else {
        y = b.conv(y, "conv2", Window::stride(1).dilate(dilations[1]).grouped())?;
        y = b.batch_norm(y, "bn2")?;
    }
    let mut shortcut = x;
    if b.has("downsample") {
        shortcut = b.conv(x, "downsample.0", Window::stride(stride))?;
        shortcut = b.batch_norm(shortcut, "downsample.1")?;
    }
    let y = b.sum(y, shortcut)?;
    b.relu(y, b.first(if bottleneck { &["relu", "act3"] } else { &["relu", "act2"] }))
}
