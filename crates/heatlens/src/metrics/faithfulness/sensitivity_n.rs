//! Sensitivity-n: Pearson's correlation between the sum of the map over random sets and the fall of
//! the logit without them (arXiv 1711.06104).

use super::patches::{correlation, remove_patches};
use crate::metrics::similarity::pearson;
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

/// Patches a side.
const SIDE: usize = 14;
/// How many of the 196 patches are removed: a tenth, three tenths, half.
const COUNTS: [usize; 3] = [20, 59, 98];
/// Sets of each.
const SETS: usize = 32;

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "sensitivity-n",
        title: "Sensitivity-n",
        group: Group::Faithfulness,
        better: Better::Higher,
        cost: Cost::Runs(COUNTS.len() * SETS),
        summary: "how the map's sum over random sets of patches goes with the fall of the logit without them: mean \
            correlation over three sizes",
        source: "arXiv 1711.06104",
        differs: "sets are of patches of a 14×14 grid, not of single pixels, whose sums hardly differ for a smooth \
            map; Quantus removes in the map's own order",
    },
    how: How::Runs(|trial| {
        let mut sum = 0.0;
        for count in COUNTS {
            sum += correlation(&remove_patches(trial, SIDE, count, SETS)?, pearson)?;
        }
        Ok(sum / COUNTS.len() as f64)
    }),
};
