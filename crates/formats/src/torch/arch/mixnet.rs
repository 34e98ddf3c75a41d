//! MixNet (arXiv 1907.09595), in timm's names: kernels of several extents beside each other.

use super::activation::Activation::Silu;
use super::family::{Family, Member, member};
use super::recipe::{PLAIN, Recipe, family};

pub(crate) const FAMILY: Family = family("MixNet", MEMBERS, |b, member| RECIPE.build(b, member));

const RECIPE: Recipe = Recipe { stages: "r1 r2 s2 s2 s1 s2", squeeze: Silu, ..PLAIN };

/// Measures are those of `Trunk::measure`.
const MEMBERS: &[Member] = &[
    member("mixnet_s", 224, &[16, 102, 13, 16, 200, 1536]),
    member("mixnet_m", 224, &[19, 137, 16, 24, 200, 1536]),
    member("mixnet_l", 224, &[19, 137, 16, 32, 264, 1536]),
    member("mixnet_xl", 224, &[23, 169, 20, 40, 320, 1536]),
    member("mixnet_xxl", 224, &[24, 172, 20, 56, 480, 1536]),
    member("tf_mixnet_s", 224, &[16, 102, 13, 16, 200, 1536]),
    member("tf_mixnet_m", 224, &[19, 137, 16, 24, 200, 1536]),
    member("tf_mixnet_l", 224, &[19, 137, 16, 32, 264, 1536]),
];
