//! MobileNet V2 (arXiv 1801.04381), in the names of torchvision and timm.

use heatlens_graph::ValueId;

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::inverted_residual::{Style, Trunk};
use super::misfit::Fit;
use super::variant::POOLS;

pub(crate) const TORCHVISION: Family = Family {
    title: "MobileNet V2",
    members: TORCHVISION_MEMBERS,
    landmarks: &["features.0.0.weight", "features.1.conv.0.0.weight", "features.2.conv.0.0.weight"],
    measure: |weights| Trunk::torchvision(weights, "conv").measure(weights),
    fixed: 3,
    variants: |_| &[],
    build: torchvision,
};

pub(crate) const TIMM: Family = Family {
    title: "MobileNet V2 (timm's names)",
    members: TIMM_MEMBERS,
    landmarks: &["conv_stem.weight", "bn1.weight", "blocks.0.0.bn1.weight", "conv_head.weight", "bn2.weight"],
    measure: |weights| Trunk::timm(weights).measure(weights),
    fixed: 3,
    variants: |_| &[POOLS],
    build: timm,
};

// Measures are those of `Trunk::measure`.
const TORCHVISION_MEMBERS: &[Member] = &[member("mobilenet_v2", 224, &[17, 51, 0, 32, 320, 1280])];

const TIMM_MEMBERS: &[Member] = &[
    member("mobilenetv2_035", 224, &[17, 51, 0, 16, 112, 1280]),
    member("mobilenetv2_050", 224, &[17, 51, 0, 16, 160, 1280]),
    member("mobilenetv2_075", 224, &[17, 51, 0, 24, 240, 1280]),
    member("mobilenetv2_100", 224, &[17, 51, 0, 32, 320, 1280]),
    member("mobilenetv2_110d", 224, &[22, 66, 0, 32, 352, 1280]),
    member("mobilenetv2_120d", 224, &[26, 78, 0, 32, 384, 1280]),
    member("mobilenetv2_140", 224, &[17, 51, 0, 48, 448, 1792]),
];

/// Strides of the stages.
const STAGES: [usize; 7] = [1, 2, 2, 2, 1, 2, 1];
/// Strides of torchvision's blocks, which stand in one row.
const BLOCKS: [usize; 17] = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1];

fn trunk(b: &mut Builder<'_>, trunk: &Trunk, strides: &[usize]) -> Fit<ValueId> {
    let relu6 = Activation::Relu6;
    trunk.build(b, relu6, strides, |_| Style::new(relu6, relu6, Activation::Sigmoid))
}

fn torchvision(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let x = trunk(b, &Trunk::torchvision(b.weights(), "conv"), &BLOCKS)?;
    let x = b.global_pool(x, "")?;
    let x = b.flatten(x, "")?;
    b.head(x, "classifier", &[])
}

fn timm(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let named = Trunk::timm(b.weights());
    let x = trunk(b, &named, &named.strides(&STAGES))?;
    let x = b.global_pool(x, "global_pool.pool")?;
    let x = b.flatten(x, "global_pool.flatten")?;
    b.head(x, "classifier", &[])
}
