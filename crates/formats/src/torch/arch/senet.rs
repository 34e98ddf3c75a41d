//! SENet, SE-ResNet and SE-ResNeXt (arXiv 1709.01507) in the names of Cadene's pretrainedmodels,
//! which segmentation_models_pytorch and timm (`legacy_`) share.

use heatlens_graph::ValueId;

use super::activation::Activation::{Relu, Sigmoid};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent, Has};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "SENet (names of pretrainedmodels)",
    members: MEMBERS,
    landmarks: &["layer0.conv1.weight", "layer1.0.conv1.weight", "layer1.0.se_module.fc1.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 2,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Has("layer0.conv3"),
    Has("layer1.0.conv3"),
    Count("layer1"),
    Count("layer2"),
    Count("layer3"),
    Count("layer4"),
    Extent("layer1.0.conv1.weight", 0),
    Extent("layer1.0.conv2.weight", 1),
];

/// Deep stem, third convolution, blocks of each layer, width of the first convolution, channels of a group of the second.
const MEMBERS: &[Member] = &[
    member("legacy_senet154", 224, &[1, 1, 3, 8, 36, 3, 128, 2]),
    member("legacy_seresnet18", 224, &[0, 0, 2, 2, 2, 2, 64, 64]),
    member("legacy_seresnet34", 224, &[0, 0, 3, 4, 6, 3, 64, 64]),
    member("legacy_seresnet50", 224, &[0, 1, 3, 4, 6, 3, 64, 64]),
    member("legacy_seresnet101", 224, &[0, 1, 3, 4, 23, 3, 64, 64]),
    member("legacy_seresnet152", 224, &[0, 1, 3, 8, 36, 3, 64, 64]),
    member("legacy_seresnext26_32x4d", 224, &[0, 1, 2, 2, 2, 2, 128, 4]),
    member("legacy_seresnext50_32x4d", 224, &[0, 1, 3, 4, 6, 3, 128, 4]),
    member("legacy_seresnext101_32x4d", 224, &[0, 1, 3, 4, 23, 3, 128, 4]),
];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("layer0.conv1.weight")?;
    let is_deep = b.has("layer0.conv3");
    b.expect_kernel("layer0.conv1", if is_deep { 3 } else { 7 })?;
    let mut x = b.within("layer0", |b| {
        let mut x = b.unit(image, ["conv1", "bn1", "relu1"], Window::stride(2), Relu)?;
        for unit in [["conv2", "bn2", "relu2"], ["conv3", "bn3", "relu3"]].into_iter().filter(|_| is_deep) {
            x = b.unit(x, unit, Window::stride(1), Relu)?;
        }
        Ok(x)
    })?;
    x = b.max_pool(x, b.first(&["pool0", "layer0.pool"]), Pooling { kernel: 3, stride: 2, padding: 0, ceil: true })?;
    for (stage, layer) in ["layer1", "layer2", "layer3", "layer4"].into_iter().enumerate() {
        for i in 0..b.count(layer).max(1) {
            let stride = if stage > 0 && i == 0 { 2 } else { 1 };
            x = b.within(&format!("{layer}.{i}"), |b| block(b, x, stride))?;
        }
    }
    let x = b.global_pool(x, b.first(&["global_pool", "avg_pool"]))?;
    let x = b.flatten(x, "")?;
    b.head(x, "last_linear", &[])
}

/// The stride is in the first convolution of SE-ResNet, in the grouped one of SE-ResNeXt and SENet.
/// Blocks of two convolutions are activated twice.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let per_group = b.tensor("conv2.weight", 4)?.shape()[1];
    let is_grouped = b.tensor("conv1.weight", 4)?.shape()[0] > per_group;
    let [first, second] = if is_grouped { [1, stride] } else { [stride, 1] };
    let mut y = b.unit(x, ["conv1", "bn1", "relu"], Window::stride(first), Relu)?;
    y = b.unit(y, ["conv2", "bn2", "relu"], Window::stride(second).grouped(), Relu)?;
    if b.has("conv3") {
        y = b.conv(y, "conv3", Window::stride(1))?;
        y = b.norm(y, "bn3")?;
    }
    let y = b.within("se_module", |b| b.squeeze_excitation(y, ["", "fc1", "relu", "fc2", "sigmoid"], Relu, Sigmoid))?;
    let mut shortcut = x;
    if b.has("downsample") {
        shortcut = b.conv(x, "downsample.0", Window::stride(stride))?;
        shortcut = b.norm(shortcut, "downsample.1")?;
    }
    let y = b.sum(y, shortcut)?;
    b.relu(y, "relu")
}
