//! TinyNet (arXiv 2010.14819), in timm's names.

use super::activation::Activation::Silu;
use super::family::{Family, Member, member};
use super::recipe::{PLAIN, Recipe, family};

pub(crate) const FAMILY: Family = family("TinyNet", MEMBERS, |b, member| RECIPE.build(b, member));

const RECIPE: Recipe = Recipe { stages: "s1 s2 s2 s2 s1 s2 s1", ends: Silu, squeeze: Silu, ..PLAIN };

/// Measures are those of `Trunk::measure`.
const MEMBERS: &[Member] = &[
    member("tinynet_a", 192, &[19, 79, 19, 32, 320, 1280]),
    member("tinynet_b", 188, &[16, 66, 16, 32, 240, 1280]),
    member("tinynet_c", 184, &[15, 61, 15, 32, 176, 1280]),
    member("tinynet_d", 152, &[11, 45, 11, 32, 176, 1280]),
    member("tinynet_e", 106, &[10, 40, 10, 32, 160, 1280]),
];
