//! ConvNeXt (arXiv 2201.03545) and V2 (2301.00808), in the names of torchvision, timm and the
//! authors.

use heatlens_graph::{Tensor, ValueId, ops};

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
    landmarks: &[
        "stem.0.weight",
        "stages.0.blocks.0.conv_dw.weight",
        "stages.0.blocks.0.gamma",
        "stages.1.downsample.1.weight",
    ],
    measure: |weights| measure(weights, &TIMM_NAMES),
    fixed: 0,
    variants: |_| &[POOLS],
    build: |b, _| build(b, &TIMM_NAMES),
};

/// V2 (arXiv 2301.00808): global response normalisation instead of a factor.
pub(crate) const TIMM_V2: Family = Family {
    title: "ConvNeXt V2 (timm's names)",
    members: V2_MEMBERS,
    landmarks: &["stem.0.weight", "stages.0.blocks.0.mlp.grn.weight", "stages.1.downsample.1.weight"],
    measure: |weights| measure(weights, &TIMM_NAMES),
    fixed: 0,
    variants: |_| &[POOLS],
    build: |b, _| build(b, &TIMM_NAMES),
};

/// timm's small networks whose stem overlaps.
pub(crate) const TIMM_OVERLAP: Family = Family {
    title: "ConvNeXt (timm's names, overlapping stem)",
    members: OVERLAP_MEMBERS,
    landmarks: &["stem.0.weight", "stem.2.bias", "stages.0.blocks.0.gamma", "stages.1.downsample.1.weight"],
    measure: |weights| {
        let first = weights.extent("stem.0.weight", 0).unwrap_or(0);
        let width = weights.extent("stem.1.weight", 0).unwrap_or(0);
        let blocks = TIMM_NAMES.stages.map(|stage| weights.count(stage));
        [&blocks[..], &[width, first]].concat()
    },
    fixed: 0,
    variants: |_| &[POOLS],
    build: |b, _| build(b, &Names { stem: ["stem.1", "stem.2"], ..TIMM_NAMES }),
};

pub(crate) const AUTHORS_V2: Family = Family {
    title: "ConvNeXt V2 (the authors' names)",
    members: V2_MEMBERS,
    landmarks: &["downsample_layers.0.0.weight", "stages.0.0.grn.gamma", "downsample_layers.1.1.weight"],
    measure: |weights| measure(weights, &AUTHORS_NAMES),
    fixed: 0,
    variants: |_| &[],
    build: |b, _| build(b, &AUTHORS_NAMES),
};

pub(crate) const AUTHORS: Family = Family {
    title: "ConvNeXt (the authors' names)",
    members: MEMBERS,
    landmarks: &[
        "downsample_layers.0.0.weight",
        "stages.0.0.dwconv.weight",
        "stages.0.0.gamma",
        "downsample_layers.1.1.weight",
    ],
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
    member("convnext_atto", 224, &[2, 2, 6, 2, 40]),
    member("convnext_femto", 224, &[2, 2, 6, 2, 48]),
    member("convnext_pico", 224, &[2, 2, 6, 2, 64]),
    member("convnext_nano", 224, &[2, 2, 8, 2, 80]),
];

const V2_MEMBERS: &[Member] = &[
    member("convnextv2_atto", 224, &[2, 2, 6, 2, 40]),
    member("convnextv2_femto", 224, &[2, 2, 6, 2, 48]),
    member("convnextv2_pico", 224, &[2, 2, 6, 2, 64]),
    member("convnextv2_nano", 224, &[2, 2, 8, 2, 80]),
    member("convnextv2_tiny", 224, &[3, 3, 9, 3, 96]),
    member("convnextv2_small", 224, &[3, 3, 27, 3, 96]),
    member("convnextv2_base", 224, &[3, 3, 27, 3, 128]),
    member("convnextv2_large", 224, &[3, 3, 27, 3, 192]),
    member("convnextv2_huge", 224, &[3, 3, 27, 3, 352]),
];

/// Blocks of each stage, widths of the stem's second and first convolution.
const OVERLAP_MEMBERS: &[Member] = &[
    member("convnext_atto_ols", 224, &[2, 2, 6, 2, 40, 24]),
    member("convnext_femto_ols", 224, &[2, 2, 6, 2, 48, 24]),
    member("convnext_pico_ols", 224, &[2, 2, 6, 2, 64, 32]),
    member("convnext_nano_ols", 224, &[2, 2, 8, 2, 80, 80]),
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
    /// Factor and shift of the global response normalisation, which only V2 has.
    response: [&'static str; 2],
    /// Pooling, normalisation, flattening, classifier.
    head: [&'static str; 4],
}

const TORCHVISION_NAMES: Names = Names {
    stem: ["features.0.0", "features.0.1"],
    stages: ["features.1", "features.3", "features.5", "features.7"],
    downsample: [["features.2.0", "features.2.1"], ["features.4.0", "features.4.1"], ["features.6.0", "features.6.1"]],
    block: ["block.0", "block.2", "block.3", "block.4", "block.5", "layer_scale"],
    response: ["", ""],
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
    response: ["mlp.grn.weight", "mlp.grn.bias"],
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
    response: ["grn.gamma", "grn.beta"],
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
    let x = stem(b, names)?;
    let mut x = b.channel_norm(x, names.stem[1], EPSILON)?;
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
    if b.has("norm_pre") {
        x = b.channel_norm(x, "norm_pre", EPSILON)?;
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
    let mut x = if by_mean { x } else { b.flatten(x, flatten)? };
    if b.has("head.pre_logits") {
        x = b.linear(x, "head.pre_logits.fc")?;
        x = b.activation(x, "head.pre_logits.act", Activation::GELU)?;
    }
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
    let y = response_norm(b, y, names.response)?;
    let mut y = b.linear_per_cell(y, narrow)?;
    if b.has(factor) || !b.has(names.response[0]) {
        let factor = b.channel_factor(y, factor)?;
        y = b.add(ops::Mul, &[y, factor], "")?;
    }
    b.sum(y, x)
}

/// Global response normalisation (arXiv 2301.00808), where the file has one: each channel times its
/// length over the mean length.
fn response_norm(b: &mut Builder<'_>, x: ValueId, [factor, shift]: [&str; 2]) -> Fit<ValueId> {
    if factor.is_empty() || !b.has(factor) {
        return Ok(x);
    }
    let (module, _) = factor.split_once(".weight").unwrap_or((factor, ""));
    b.pickled(module);
    let (cells, channels) = (b.constant(Tensor::ints(&[2, 3])), b.constant(Tensor::ints(&[1])));
    let length = b.add(ops::ReduceL2 { keep_dims: true }, &[x, cells], module)?;
    let mean = b.add(ops::ReduceMean { keep_dims: true }, &[length, channels], module)?;
    let epsilon = b.constant(Tensor::scalar(EPSILON));
    let mean = b.add(ops::Add, &[mean, epsilon], module)?;
    let relative = b.add(ops::Div, &[length, mean], module)?;
    let response = b.add(ops::Mul, &[x, relative], module)?;
    let factor = b.channel_factor(x, factor)?;
    let shift = b.channel_factor(x, shift)?;
    let scaled = b.add(ops::Mul, &[response, factor], module)?;
    let shifted = b.add(ops::Add, &[scaled, shift], module)?;
    b.add(ops::Add, &[shifted, x], module)
}

/// Patches of 4×4 cells, or two strided convolutions that overlap.
fn stem(b: &mut Builder<'_>, names: &Names) -> Fit<ValueId> {
    let convolution = names.stem[0];
    if convolution != "stem.1" {
        let image = b.image_for(&format!("{convolution}.weight"))?;
        b.expect_kernel(convolution, 4)?;
        return b.conv(image, convolution, Window::stride(4).pad(0));
    }
    let image = b.image_for("stem.0.weight")?;
    b.expect_kernel("stem.0", 3)?;
    let x = b.conv(image, "stem.0", Window::stride(2))?;
    b.conv(x, convolution, Window::stride(2))
}
