//! ResNet (arXiv 1512.03385), ResNeXt (1611.05431), Wide ResNet (1605.07146). torchvision and timm
//! name them alike.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "ResNet",
    members: MEMBERS,
    landmarks: &["conv1.weight", "bn1.weight", "layer1.0.conv1.weight", "layer1.0.conv2.weight"],
    measure,
    fixed: 1,
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
];

const LAYERS: [&str; 4] = ["layer1", "layer2", "layer3", "layer4"];

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    let convolutions = if weights.has("layer1.0.conv3") { 3 } else { 2 };
    let width = weights.extent("layer1.0.conv2.weight", 0).unwrap_or(0);
    let per_group = weights.extent("layer1.0.conv2.weight", 1).unwrap_or(1).max(1);
    let blocks = LAYERS.map(|layer| weights.count(layer));
    [&[convolutions], &blocks[..], &[width, width / per_group]].concat()
}

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("conv1.weight")?;
    b.expect_kernel("conv1", 7)?;
    let x = b.conv(image, "conv1", Window::stride(2))?;
    let x = b.batch_norm(x, "bn1")?;
    let x = b.relu(x, "relu")?;
    let mut x = b.max_pool(x, "maxpool", Pooling { kernel: 3, stride: 2, padding: 1, ceil: false })?;
    for (stage, layer) in LAYERS.into_iter().enumerate() {
        for i in 0..b.count(layer).max(1) {
            let stride = if stage > 0 && i == 0 { 2 } else { 1 };
            x = b.within(&format!("{layer}.{i}"), |b| block(b, x, stride))?;
        }
    }
    let x = b.adaptive_pool(x, "avgpool", [1, 1])?;
    let x = b.flatten(x, "")?;
    b.head(x, "fc", &[])
}

/// `BasicBlock` or, with a third convolution, `Bottleneck`, whose stride is in the second one.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let bottleneck = b.has("conv3");
    let (first, second) = if bottleneck { (1, stride) } else { (stride, 1) };
    let y = b.conv(x, "conv1", Window::stride(first))?;
    let y = b.batch_norm(y, "bn1")?;
    let y = b.relu(y, "relu")?;
    let y = b.conv(y, "conv2", Window::stride(second).grouped())?;
    let mut y = b.batch_norm(y, "bn2")?;
    if bottleneck {
        y = b.relu(y, "relu")?;
        y = b.conv(y, "conv3", Window::stride(1))?;
        y = b.batch_norm(y, "bn3")?;
    }
    let mut shortcut = x;
    if b.has("downsample") {
        shortcut = b.conv(x, "downsample.0", Window::stride(stride))?;
        shortcut = b.batch_norm(shortcut, "downsample.1")?;
    }
    let y = b.sum(y, shortcut)?;
    b.relu(y, "relu")
}
