//! PP-LCNet (arXiv 2109.15099), in timm's names.

use super::activation::Activation::{HardSigmoid, HardSwish};
use super::family::{Family, Member, member};
use super::recipe::{PLAIN, Recipe, family};

pub(crate) const FAMILY: Family = family("LCNet", MEMBERS, |b, member| RECIPE.build(b, member));

const RECIPE: Recipe = Recipe { stages: "h1a h2a h2a h2a h1a h2a", ends: HardSwish, gate: HardSigmoid, ..PLAIN };

/// Measures are those of `Trunk::measure`.
const MEMBERS: &[Member] = &[
    member("lcnet_035", 224, &[13, 53, 2, 8, 176, 1280]),
    member("lcnet_050", 224, &[13, 53, 2, 8, 256, 1280]),
    member("lcnet_075", 224, &[13, 53, 2, 16, 384, 1280]),
    member("lcnet_100", 224, &[13, 53, 2, 16, 512, 1280]),
    member("lcnet_150", 224, &[13, 53, 2, 24, 768, 1280]),
];
