//! MobileNet V4 without attention (arXiv 2404.10518), in timm's names.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::inverted_residual::Trunk;
use super::misfit::Fit;
use super::recipe::{PLAIN, Recipe};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "MobileNet V4",
    members: MEMBERS,
    landmarks: &[
        "conv_stem.weight",
        "bn1.weight",
        "blocks.2.0.pw_exp.conv.weight",
        "norm_head.weight",
        "classifier.weight",
    ],
    measure: |weights| Trunk::timm(weights).measure(weights),
    fixed: 3,
    variants: |_| &[POOLS],
    build,
};

const SMALL: Recipe = Recipe { stages: "r2l r2n r2 r2 r1", ..PLAIN };
const LARGE: Recipe = Recipe { stages: "r2 r2 r2 r2 r1", ..PLAIN };

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    if member.contains("_small") { SMALL } else { LARGE }.build(b, member)
}

/// Measures are those of `Trunk::measure`.
const MEMBERS: &[Member] = &[
    member("mobilenetv4_conv_large", 384, &[28, 124, 0, 24, 960, 1280]),
    member("mobilenetv4_conv_medium", 256, &[23, 79, 0, 32, 960, 1280]),
    member("mobilenetv4_conv_small", 224, &[17, 53, 0, 32, 960, 1280]),
    member("mobilenetv4_conv_small_035", 224, &[17, 53, 0, 32, 336, 1280]),
    member("mobilenetv4_conv_small_050", 224, &[17, 53, 0, 32, 480, 1280]),
    member("mobilenetv4_conv_aa_medium", 256, &[23, 79, 0, 32, 960, 1280]).about(AVERAGED),
    member("mobilenetv4_conv_aa_large", 448, &[28, 124, 0, 24, 960, 1280]).about(AVERAGED),
    member("mobilenetv4_conv_blur_medium", 224, &[23, 79, 0, 32, 960, 1280]).about(BLURRED),
];

const BLURRED: &str = "a blur in front of each stride";
const AVERAGED: &str = "means of 2×2 cells instead of strides";
