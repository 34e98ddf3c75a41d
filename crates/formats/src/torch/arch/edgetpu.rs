//! EfficientNet-EdgeTPU and MobileNet-EdgeTPU, V1 and V2, in timm's names: fused convolutions at the
//! beginning, no squeeze-and-excitation.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::misfit::Fit;
use super::recipe::{PLAIN, Recipe, family};

pub(crate) const EFFICIENTNET: Family =
    family("EfficientNet-EdgeTPU", EFFICIENTNET_MEMBERS, |b, member| RECIPE.build(b, member));

pub(crate) const MOBILENET: Family = family("MobileNet-EdgeTPU", MOBILENET_MEMBERS, mobilenet);

const RECIPE: Recipe = Recipe { stages: "r1n r2 r2 r2 r1 r2", ..PLAIN };
const V1: Recipe = Recipe { stages: "r1 r2 r2 r2 r1f r2 r1", ..PLAIN };
const V2: Recipe = Recipe { stages: "r1 r2 r2 r2 r1 r2 r1", ..PLAIN };

fn mobilenet(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let stem = if member.ends_with("v2_l") {
        7
    } else if member.ends_with("v2_m") || member.ends_with("v2_s") {
        5
    } else {
        3
    };
    Recipe { stem, ..if member.contains("_v2_") { V2 } else { V1 } }.build(b, member)
}

/// Measures are those of `Trunk::measure`.
const EFFICIENTNET_MEMBERS: &[Member] = &[
    member("efficientnet_es", 224, &[18, 76, 0, 32, 192, 1280]),
    member("efficientnet_em", 240, &[24, 100, 0, 32, 192, 1280]),
    member("efficientnet_el", 300, &[27, 113, 0, 40, 232, 1536]),
    member("tf_efficientnet_es", 224, &[18, 76, 0, 32, 192, 1280]),
    member("tf_efficientnet_em", 240, &[24, 100, 0, 32, 192, 1280]),
    member("tf_efficientnet_el", 300, &[27, 113, 0, 40, 232, 1536]),
];

/// Measures are those of `Trunk::measure`.
const MOBILENET_MEMBERS: &[Member] = &[
    member("mobilenet_edgetpu_100", 224, &[22, 72, 0, 32, 192, 1280]),
    member("mobilenet_edgetpu_v2_l", 224, &[20, 58, 0, 64, 384, 1408]),
    member("mobilenet_edgetpu_v2_m", 224, &[20, 58, 0, 64, 320, 1344]),
    member("mobilenet_edgetpu_v2_s", 224, &[20, 58, 0, 64, 256, 1280]),
    member("mobilenet_edgetpu_v2_xs", 224, &[20, 58, 0, 32, 192, 1280]),
];
