//! MobileNet V1 (arXiv 1704.04861), in timm's names.

use super::activation::Activation::Relu6;
use super::family::{Family, Member, member};
use super::inverted_residual::Trunk;
use super::recipe::{PLAIN, Recipe};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "MobileNet V1",
    members: MEMBERS,
    landmarks: &[
        "conv_stem.weight",
        "bn1.weight",
        "blocks.0.0.conv_dw.weight",
        "blocks.1.1.conv_dw.weight",
        "classifier.weight",
    ],
    measure: |weights| Trunk::timm(weights).measure(weights),
    fixed: 3,
    variants: |_| &[POOLS],
    build: |b, member| RECIPE.build(b, member),
};

const RECIPE: Recipe = Recipe { stages: "61a 62a 62a 62a 62a", ends: Relu6, ..PLAIN };

/// Measures are those of `Trunk::measure`.
const MEMBERS: &[Member] = &[
    member("mobilenetv1_100", 224, &[13, 39, 0, 32, 1024, 0]),
    member("mobilenetv1_100h", 224, &[13, 39, 0, 32, 1024, 1024]),
    member("mobilenetv1_125", 224, &[13, 39, 0, 40, 1280, 0]),
];
