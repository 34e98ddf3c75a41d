//! RegNet X and Y (arXiv 2003.13678), in the names of torchvision and timm.

use heatlens_graph::ValueId;

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::Fit;
use super::variant::POOLS;
use super::weights::Weights;

pub(crate) const TORCHVISION: Family = Family {
    title: "RegNet",
    members: TORCHVISION_MEMBERS,
    landmarks: &["stem.0.weight", "trunk_output.block1.block1-0.f.a.0.weight"],
    measure: |weights| measure(weights, &TORCHVISION_NAMES),
    fixed: 1,
    variants: |_| &[],
    build: |b, _| build(b, &TORCHVISION_NAMES),
};

pub(crate) const TIMM: Family = Family {
    title: "RegNet (timm's names)",
    members: TIMM_MEMBERS,
    landmarks: &["stem.conv.weight", "s1.b1.conv1.conv.weight"],
    measure: |weights| measure(weights, &TIMM_NAMES),
    fixed: 1,
    variants: |_| &[POOLS],
    build: |b, _| build(b, &TIMM_NAMES),
};

// Whether there is squeeze-and-excitation, blocks of each stage, width of the first and last stage.
const TORCHVISION_MEMBERS: &[Member] = &[
    member("regnet_x_400mf", 224, &[0, 1, 2, 7, 12, 32, 400]),
    member("regnet_x_800mf", 224, &[0, 1, 3, 7, 5, 64, 672]),
    member("regnet_x_1_6gf", 224, &[0, 2, 4, 10, 2, 72, 912]),
    member("regnet_x_3_2gf", 224, &[0, 2, 6, 15, 2, 96, 1008]),
    member("regnet_x_8gf", 224, &[0, 2, 5, 15, 1, 80, 1920]),
    member("regnet_x_16gf", 224, &[0, 2, 6, 13, 1, 256, 2048]),
    member("regnet_x_32gf", 224, &[0, 2, 7, 13, 1, 336, 2520]),
    member("regnet_y_400mf", 224, &[1, 1, 3, 6, 6, 48, 440]),
    member("regnet_y_800mf", 224, &[1, 1, 3, 8, 2, 64, 784]),
    member("regnet_y_1_6gf", 224, &[1, 2, 6, 17, 2, 48, 888]),
    member("regnet_y_3_2gf", 224, &[1, 2, 5, 13, 1, 72, 1512]),
    member("regnet_y_8gf", 224, &[1, 2, 4, 10, 1, 224, 2016]),
    member("regnet_y_16gf", 224, &[1, 2, 4, 11, 1, 224, 3024]),
    member("regnet_y_32gf", 224, &[1, 2, 5, 12, 1, 232, 3712]),
    member("regnet_y_128gf", 224, &[1, 2, 7, 17, 1, 528, 7392]),
];

const TIMM_MEMBERS: &[Member] = &[
    member("regnetx_002", 224, &[0, 1, 1, 4, 7, 24, 368]),
    member("regnetx_004", 224, &[0, 1, 2, 7, 12, 32, 384]),
    member("regnetx_004_tv", 224, &[0, 1, 2, 7, 12, 32, 400]),
    member("regnetx_006", 224, &[0, 1, 3, 5, 7, 48, 528]),
    member("regnetx_008", 224, &[0, 1, 3, 7, 5, 64, 672]),
    member("regnetx_016", 224, &[0, 2, 4, 10, 2, 72, 912]),
    member("regnetx_032", 224, &[0, 2, 6, 15, 2, 96, 1008]),
    member("regnetx_040", 224, &[0, 2, 5, 14, 2, 80, 1360]),
    member("regnetx_064", 224, &[0, 2, 4, 10, 1, 168, 1624]),
    member("regnetx_080", 224, &[0, 2, 5, 15, 1, 80, 1920]),
    member("regnetx_120", 224, &[0, 2, 5, 11, 1, 224, 2240]),
    member("regnetx_160", 224, &[0, 2, 6, 13, 1, 256, 2048]),
    member("regnetx_320", 224, &[0, 2, 7, 13, 1, 336, 2520]),
    member("regnety_002", 224, &[1, 1, 1, 4, 7, 24, 368]),
    member("regnety_004", 224, &[1, 1, 3, 6, 6, 48, 440]),
    member("regnety_006", 224, &[1, 1, 3, 7, 4, 48, 608]),
    member("regnety_008", 224, &[1, 1, 3, 8, 2, 64, 768]),
    member("regnety_008_tv", 224, &[1, 1, 3, 8, 2, 64, 784]),
    member("regnety_016", 224, &[1, 2, 6, 17, 2, 48, 888]),
    member("regnety_032", 224, &[1, 2, 5, 13, 1, 72, 1512]),
    member("regnety_040", 224, &[1, 2, 6, 12, 2, 128, 1088]),
    member("regnety_064", 224, &[1, 2, 7, 14, 2, 144, 1296]),
    member("regnety_080", 224, &[1, 2, 4, 10, 1, 168, 2016]),
    member("regnety_080_tv", 224, &[1, 2, 4, 10, 1, 224, 2016]),
    member("regnety_120", 224, &[1, 2, 5, 11, 1, 224, 2240]),
    member("regnety_160", 224, &[1, 2, 4, 11, 1, 224, 3024]),
    member("regnety_320", 224, &[1, 2, 5, 12, 1, 232, 3712]),
    member("regnety_640", 384, &[1, 2, 5, 12, 1, 328, 4920]),
    member("regnety_1280", 384, &[1, 2, 7, 17, 1, 528, 7392]),
];

/// How a package names the parts: units are convolution, normalisation, activation.
struct Names {
    stem: [&'static str; 3],
    /// A stage's blocks without their number, the stage's number as `#`.
    blocks: &'static str,
    /// Number of the first block.
    first: usize,
    units: [[&'static str; 3]; 3],
    squeeze: &'static str,
    squeeze_parts: [&'static str; 5],
    shortcut: [&'static str; 2],
    activation: &'static str,
    /// Pooling, flattening and the classifier.
    head: [&'static str; 3],
}

const TORCHVISION_NAMES: Names = Names {
    stem: ["stem.0", "stem.1", "stem.2"],
    blocks: "trunk_output.block#.block#-",
    first: 0,
    units: [["f.a.0", "f.a.1", "f.a.2"], ["f.b.0", "f.b.1", "f.b.2"], ["f.c.0", "f.c.1", ""]],
    squeeze: "f.se",
    squeeze_parts: ["avgpool", "fc1", "activation", "fc2", "scale_activation"],
    shortcut: ["proj.0", "proj.1"],
    activation: "activation",
    head: ["avgpool", "", "fc"],
};

const TIMM_NAMES: Names = Names {
    stem: ["stem.conv", "stem.bn", "stem.bn.act"],
    blocks: "s#.b",
    first: 1,
    units: [
        ["conv1.conv", "conv1.bn", "conv1.bn.act"],
        ["conv2.conv", "conv2.bn", "conv2.bn.act"],
        ["conv3.conv", "conv3.bn", ""],
    ],
    squeeze: "se",
    squeeze_parts: ["", "fc1", "act", "fc2", "gate"],
    shortcut: ["downsample.conv", "downsample.bn"],
    activation: "act3",
    head: ["head.global_pool.pool", "head.global_pool.flatten", "head.fc"],
};

impl Names {
    fn blocks(&self, stage: usize) -> String {
        self.blocks.replace('#', &stage.to_string())
    }
}

fn measure(weights: &Weights<'_>, names: &Names) -> Vec<usize> {
    let first = format!("{}{}", names.blocks(1), names.first);
    let squeezes = weights.has(&format!("{first}.{}", names.squeeze));
    let depths = [1, 2, 3, 4].map(|stage| weights.count_prefixed(&names.blocks(stage), names.first));
    let width = |stage| {
        weights.extent(&format!("{}{}.{}.weight", names.blocks(stage), names.first, names.units[2][0]), 0).unwrap_or(0)
    };
    [&[squeezes.into()], &depths[..], &[width(1), width(4)]].concat()
}

fn build(b: &mut Builder<'_>, names: &Names) -> Fit<ValueId> {
    let image = b.image_for(&format!("{}.weight", names.stem[0]))?;
    b.expect_kernel(names.stem[0], 3)?;
    let mut x = unit(b, image, names.stem, Window::stride(2))?;
    for stage in 1..=4 {
        let blocks = names.blocks(stage);
        for i in 0..b.weights().count_prefixed(&blocks, names.first) {
            let stride = if i == 0 { 2 } else { 1 };
            x = b.within(&format!("{blocks}{}", names.first + i), |b| block(b, x, names, stride))?;
        }
    }
    let [pool, flatten, classifier] = names.head;
    let x = b.global_pool(x, pool)?;
    let x = b.flatten(x, flatten)?;
    b.head(x, classifier, &[])
}

fn unit(
    b: &mut Builder<'_>,
    x: ValueId,
    [convolution, normalisation, activation]: [&str; 3],
    window: Window,
) -> Fit<ValueId> {
    let y = b.conv(x, convolution, window)?;
    let y = b.batch_norm(y, normalisation)?;
    if activation.is_empty() { Ok(y) } else { b.relu(y, activation) }
}

/// A residual block whose 3×3 convolution is grouped.
fn block(b: &mut Builder<'_>, x: ValueId, names: &Names, stride: usize) -> Fit<ValueId> {
    let [first, grouped, last] = names.units;
    let y = unit(b, x, first, Window::stride(1))?;
    let mut y = unit(b, y, grouped, Window::stride(stride).grouped())?;
    if b.has(names.squeeze) {
        y = b.within(names.squeeze, |b| {
            b.squeeze_excitation(y, names.squeeze_parts, Activation::Relu, Activation::Sigmoid)
        })?;
    }
    let y = unit(b, y, last, Window::stride(1))?;
    let [convolution, normalisation] = names.shortcut;
    let shortcut =
        if b.has(convolution) { unit(b, x, [convolution, normalisation, ""], Window::stride(stride))? } else { x };
    let y = b.sum(shortcut, y)?;
    b.relu(y, names.activation)
}
