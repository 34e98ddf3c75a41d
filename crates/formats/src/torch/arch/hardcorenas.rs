//! HardCoRe-NAS (arXiv 2102.11646), in timm's names.

use super::activation::Activation::{HardSigmoid, HardSwish};
use super::family::{Family, Member, member};
use super::recipe::{PLAIN, Recipe, family};

pub(crate) const FAMILY: Family = family("HardCoRe-NAS", MEMBERS, |b, member| RECIPE.build(b, member));

const RECIPE: Recipe = Recipe { stages: "r1 r2 r2 h2 h1 h2 h1", ends: HardSwish, gate: HardSigmoid, ..PLAIN };

/// Measures are those of `Trunk::measure`.
const MEMBERS: &[Member] = &[
    member("hardcorenas_a", 224, &[12, 54, 8, 32, 960, 1280]),
    member("hardcorenas_b", 224, &[19, 75, 4, 32, 960, 1280]),
    member("hardcorenas_c", 224, &[19, 77, 6, 32, 960, 1280]),
    member("hardcorenas_d", 224, &[19, 75, 17, 32, 960, 1280]),
    member("hardcorenas_e", 224, &[18, 78, 16, 32, 960, 1280]),
    member("hardcorenas_f", 224, &[18, 72, 16, 32, 960, 1280]),
];
