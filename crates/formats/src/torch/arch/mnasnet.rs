//! MNASNet A1 and B1 (arXiv 1807.11626) and Single-Path NAS (1904.02877), in the names of torchvision
//! and timm.

use heatlens_graph::ValueId;

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::inverted_residual::{Style, Trunk};
use super::misfit::Fit;
use super::variant::POOLS;

pub(crate) const TORCHVISION: Family = Family {
    title: "MNASNet",
    members: TORCHVISION_MEMBERS,
    landmarks: &["layers.0.weight", "layers.3.weight", "layers.8.0.layers.0.weight"],
    measure: |weights| Trunk::torchvision_mnasnet(weights).measure(weights),
    fixed: 3,
    variants: |_| &[],
    build: torchvision,
};

pub(crate) const TIMM: Family = Family {
    title: "MNASNet (timm's names)",
    members: TIMM_MEMBERS,
    landmarks: &["conv_stem.weight", "bn1.weight", "blocks.0.0.bn1.weight", "conv_head.weight", "bn2.weight"],
    measure: |weights| Trunk::timm(weights).measure(weights),
    fixed: 3,
    variants: |_| &[POOLS],
    build: timm,
};

// Measures are those of `Trunk::measure`.
const TORCHVISION_MEMBERS: &[Member] = &[
    member("mnasnet0_5", 224, &[17, 71, 0, 16, 160, 1280]),
    member("mnasnet0_75", 224, &[17, 71, 0, 24, 240, 1280]),
    member("mnasnet1_0", 224, &[17, 71, 0, 32, 320, 1280]),
    member("mnasnet1_3", 224, &[17, 71, 0, 40, 416, 1280]),
];

const TIMM_MEMBERS: &[Member] = &[
    member("mnasnet_050", 224, &[17, 71, 0, 16, 160, 1280]),
    member("mnasnet_075", 224, &[17, 71, 0, 24, 240, 1280]),
    member("mnasnet_100", 224, &[17, 71, 0, 32, 320, 1280]),
    member("mnasnet_140", 224, &[17, 71, 0, 48, 448, 1280]),
    member("mnasnet_small", 224, &[15, 59, 10, 8, 144, 1280]),
    member("semnasnet_050", 224, &[16, 60, 8, 16, 160, 1280]),
    member("semnasnet_075", 224, &[16, 60, 8, 24, 240, 1280]),
    member("semnasnet_100", 224, &[16, 60, 8, 32, 320, 1280]),
    member("semnasnet_140", 224, &[16, 60, 8, 48, 448, 1280]),
    member("spnasnet_100", 224, &[21, 83, 0, 32, 320, 1280]),
];

/// Strides of the stages.
const STRIDES: [usize; 7] = [1, 2, 2, 2, 1, 2, 1];

fn trunk(b: &mut Builder<'_>, trunk: &Trunk) -> Fit<ValueId> {
    let relu = Activation::Relu;
    trunk.build(b, relu, &trunk.strides(&STRIDES), |_| Style::new(relu, relu, Activation::Sigmoid))
}

fn torchvision(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let x = trunk(b, &Trunk::torchvision_mnasnet(b.weights()))?;
    let x = b.global_pool(x, "")?;
    let x = b.flatten(x, "")?;
    b.head(x, "classifier", &[])
}

fn timm(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let x = trunk(b, &Trunk::timm(b.weights()))?;
    let x = b.global_pool(x, "global_pool.pool")?;
    let x = b.flatten(x, "global_pool.flatten")?;
    b.head(x, "classifier", &[])
}
