//! Stability under mirroring, left to right.

use super::change::{Change, Changed, Moved};
use super::{mean_rank, mean_ssim};
use crate::metrics::trial::Case;
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const SSIM: Recipe = Recipe {
    card: Card {
        name: "flip-ssim",
        title: "Flip, SSIM",
        group: Group::Robustness,
        better: Better::Higher,
        cost: Cost::Explanations(1),
        summary: "structural similarity to the map of the image mirrored left to right, the map mirrored back",
        source: "",
        differs: "",
    },
    how: How::Changed(Change::Flip, mean_ssim),
};

pub(crate) const RANK: Recipe = Recipe {
    card: Card {
        name: "flip-rank",
        title: "Flip, rank correlation",
        summary: "Spearman's correlation with the map of the image mirrored left to right, the map mirrored back",
        ..SSIM.card
    },
    how: How::Changed(Change::Flip, mean_rank),
};

pub(super) fn images(case: &Case<'_>) -> Vec<Changed> {
    vec![Changed { image: Moved::Mirrored.image(case.image, case.size[1]), moved: Moved::Mirrored }]
}
