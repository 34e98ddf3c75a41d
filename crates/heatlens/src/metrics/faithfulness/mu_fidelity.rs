//! μ-fidelity: Spearman's correlation between the sum of the map over random sets and the fall of
//! the logit without them (arXiv 2005.00631).

use super::patches::{correlation, remove_patches};
use crate::metrics::order::ranks;
use crate::metrics::similarity::pearson;
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

/// Patches a side, and how many of the 81 are removed: a fifth, as xplique does.
const SIDE: usize = 9;
const COUNT: usize = 16;
const SETS: usize = 64;

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "mu-fidelity",
        title: "μ-fidelity",
        group: Group::Faithfulness,
        better: Better::Higher,
        cost: Cost::Runs(SETS),
        summary: "the same by ranks, for a fifth of a grid of 9×9",
        source: "arXiv 2005.00631",
        differs: "xplique takes 200 sets and replaces by 0; here 64 and the image's mean colour",
    },
    how: How::Runs(|trial| {
        let by_rank = |a: &[f64], b: &[f64]| pearson(&ranks(a), &ranks(b));
        correlation(&remove_patches(trial, SIDE, COUNT, SETS)?, by_rank)
    }),
};
