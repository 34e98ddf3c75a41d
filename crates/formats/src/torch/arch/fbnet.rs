//! FBNet-C (arXiv 1812.03443) and FBNet V3 (2006.02049), in timm's names.

use super::activation::Activation::{HardSigmoid, HardSwish};
use super::family::{Family, Member, member};
use super::recipe::{PLAIN, Recipe, family};

pub(crate) const C: Family = family("FBNet", C_MEMBERS, |b, member| RECIPE_C.build(b, member));

pub(crate) const V3: Family = family("FBNet V3", V3_MEMBERS, |b, member| RECIPE_V3.build(b, member));

const RECIPE_C: Recipe = Recipe { stages: "r1 r2 r2 r2 r1 r2 r1", ..PLAIN };
const RECIPE_V3: Recipe =
    Recipe { stages: "h1 h2 h2 h2 h1 h2 h1", ends: HardSwish, squeeze: HardSwish, gate: HardSigmoid, ..PLAIN };

/// Measures are those of `Trunk::measure`.
const C_MEMBERS: &[Member] = &[member("fbnetc_100", 224, &[21, 93, 0, 16, 352, 1984])];

/// Measures are those of `Trunk::measure`.
const V3_MEMBERS: &[Member] = &[
    member("fbnetv3_b", 224, &[30, 130, 18, 16, 1344, 1984]),
    member("fbnetv3_d", 224, &[33, 123, 19, 24, 1440, 1984]),
    member("fbnetv3_g", 240, &[37, 163, 23, 32, 1728, 1984]),
];
