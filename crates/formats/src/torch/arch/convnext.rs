//! ConvNeXt (arXiv 2201.03545), in the names of torchvision, timm and the authors.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::variant::POOLS;
use super::weights::Weights;

pub(crate) const TORCHVISION: Family = Family {
    title: "ConvNeXt",
    members: MEMBERS,
    landmarks: &["features.0.0.weight", "features.1.0.layer_scale", "features.2.1.weight"],
    measure: |weights| measure(weights, &TORCHVISION_NAMES),
    fixed: 0,
    variants: |_| &[],
    build: |b, _| build(b, &TORCHVISION_NAMES),
};

pub(crate) const TIMM: Family = Family {
    title: "ConvNeXt (timm's names)",
    members: MEMBERS,
    landmarks: &["stem.0.weight", "stages.0.blocks.0.conv_dw.weight", "stages.1.downsample.1.weight"],
    measure: |weights| measure(weights, &TIMM_NAMES),
    fixed: 0,
    variants: |_| &[POOLS],
    build: |b, _| build(b, &TIMM_NAMES),
};

pub(crate) const AUTHORS: Family = Family {
    title: "ConvNeXt (the authors' names)",
    members: MEMBERS,
    landmarks: &["downsample_layers.0.0.weight", "stages.0.0.dwconv.weight", "downsample_layers.1.1.weight"],
    measure: |weights| measure(weights, &AUTHORS_NAMES),
    fixed: 0,
    variants: |_| &[],
    build: |b, _| build(b, &AUTHORS_NAMES),
};

/// Blocks of each stage, width of the stem.
const MEMBERS: &[Member] = &[
    member("convnext_tiny", 224, &[3, 3, 9, 3, 96]),
    member("convnext_small", 224, &[3, 3, 27, 3, 96]),
    member("convnext_base", 224, &[3, 3, 27, 3, 128]),
    member("convnext_large", 224, &[3, 3, 27, 3, 192]),
    member("convnext_xlarge", 224, &[3, 3, 27, 3, 256]),
    member("convnext_nano", 224, &[2, 2, 8, 2, 80]),
];

/// How a package names the parts.
struct Names {
    /// Convolution and normalisation.
    stem: [&'static str; 2],
    /// The modules that hold the blocks of each stage.
    stages: [&'static str; 4],
    /// Normalisation and convolution before stages 2 to 4.
    downsample: [[&'static str; 2]; 3],
    /// Depthwise convolution, normalisation, linear layer, activation, linear layer, factor.
    block: [&'static str; 6],
    /// Pooling, normalisation, flattening, classifier.
    head: [&'static str; 4],
}

const TORCHVISION_NAMES: Names = Names {
    stem: ["features.0.0", "features.0.1"],
    stages: ["features.1", "features.3", "features.5", "features.7"],
    downsample: [["features.2.0", "features.2.1"], ["features.4.0", "features.4.1"], ["features.6.0", "features.6.1"]],
    block: ["block.0", "block.2", "block.3", "block.4", "block.5", "layer_scale"],
    head: ["avgpool", "classifier.0", "classifier.1", "classifier.2"],
};

const TIMM_NAMES: Names = Names {
    stem: ["stem.0", "stem.1"],
    stages: ["stages.0.blocks", "stages.1.blocks", "stages.2.blocks", "stages.3.blocks"],
    downsample: [
        ["stages.1.downsample.0", "stages.1.downsample.1"],
        ["stages.2.downsample.0", "stages.2.downsample.1"],
        ["stages.3.downsample.0", "stages.3.downsample.1"],
    ],
    block: ["conv_dw", "norm", "mlp.fc1", "mlp.act", "mlp.fc2", "gamma"],
    head: ["head.global_pool.pool", "head.norm", "head.flatten", "head.fc"],
};

const AUTHORS_NAMES: Names = Names {
    stem: ["downsample_layers.0.0", "downsample_layers.0.1"],
    stages: ["stages.0", "stages.1", "stages.2", "stages.3"],
    downsample: [
        ["downsample_layers.1.0", "downsample_layers.1.1"],
        ["downsample_layers.2.0", "downsample_layers.2.1"],
        ["downsample_layers.3.0", "downsample_layers.3.1"],
    ],
    block: ["dwconv", "norm", "pwconv1", "act", "pwconv2", "gamma"],
    head: ["", "norm", "", "head"],
};

/// Added to variances by layer normalisation.
const EPSILON: f32 = 1e-6;

fn measure(weights: &Weights<'_>, names: &Names) -> Vec<usize> {
    let blocks = names.stages.map(|stage| weights.count(stage));
    let width = weights.extent(&format!("{}.weight", names.stem[0]), 0).unwrap_or(0);
    [&blocks[..], &[width]].concat()
}

fn build(b: &mut Builder<'_>, names: &Names) -> Fit<ValueId> {
    let [convolution, normalisation] = names.stem;
    let image = b.image_for(&format!("{convolution}.weight"))?;
    b.expect_kernel(convolution, 4)?;
    let x = b.conv(image, convolution, Window::stride(4).pad(0))?;
    let mut x = b.channel_norm(x, normalisation, EPSILON)?;
    for (stage, blocks) in names.stages.into_iter().enumerate() {
        if stage > 0 {
            let [normalisation, convolution] = names.downsample[stage - 1];
            x = b.channel_norm(x, normalisation, EPSILON)?;
            b.expect_kernel(convolution, 2)?;
            x = b.conv(x, convolution, Window::stride(2).pad(0))?;
        }
        for i in 0..b.count(blocks) {
            x = b.within(&format!("{blocks}.{i}"), |b| block(b, x, names))?;
        }
    }
    let [pool, normalisation, flatten, classifier] = names.head;
    let mut x = b.global_pool(x, pool)?;
    // The authors pool and flatten by a mean, before the normalisation.
    let by_mean = flatten.is_empty();
    if by_mean {
        x = b.flatten(x, flatten)?;
    }
    if b.has(normalisation) {
        x = if by_mean { b.layer_norm(x, normalisation, EPSILON)? } else { b.channel_norm(x, normalisation, EPSILON)? };
    }
    let x = if by_mean { x } else { b.flatten(x, flatten)? };
    b.head(x, classifier, &[])
}

/// Depthwise 7×7 convolution, normalisation, a two-layer perceptron on each cell, scaled and added.
fn block(b: &mut Builder<'_>, x: ValueId, names: &Names) -> Fit<ValueId> {
    let [depthwise, normalisation, widen, activation, narrow, factor] = names.block;
    // torchvision's blocks move the channels behind space and back; that is part of what follows.
    for moves in ["block.1", "block.6"] {
        if let Some(module) = b.pickled(moves).filter(|module| module.known_class() != "Permute") {
            return Err(b.misplaced(moves, module, "a permutation of the dimensions is needed here"));
        }
    }
    let y = b.conv(x, depthwise, Window::stride(1).depthwise())?;
    let y = b.channel_norm(y, normalisation, EPSILON)?;
    let y = b.linear_per_cell(y, widen)?;
    let y = b.activation(y, activation, Activation::GELU)?;
    let y = b.linear_per_cell(y, narrow)?;
    let factor = b.channel_factor(y, factor)?;
    let y = b.add(ops::Mul, &[y, factor], "")?;
    b.sum(y, x)
}
