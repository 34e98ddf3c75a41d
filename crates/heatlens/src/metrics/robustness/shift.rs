//! Stability under shifts: the image moves to the left and to the right.

use super::change::{Change, Changed, Moved};
use super::{mean_rank, mean_ssim};
use crate::metrics::trial::Case;
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

/// Parts of the width.
const PART: f64 = 0.05;

pub(crate) const SSIM: Recipe = Recipe {
    card: Card {
        name: "shift-ssim",
        title: "Shift, SSIM",
        group: Group::Robustness,
        better: Better::Higher,
        cost: Cost::Explanations(2),
        summary: "structural similarity to the map of the image moved by a twentieth of its width to either side, the \
            map moved back: mean of both",
        source: "",
        differs: "",
    },
    how: How::Changed(Change::Shift, mean_ssim),
};

pub(crate) const RANK: Recipe = Recipe {
    card: Card {
        name: "shift-rank",
        title: "Shift, rank correlation",
        summary: "Spearman's correlation with the map of the image moved by a twentieth of its width to either side, \
            the map moved back: mean of both",
        ..SSIM.card
    },
    how: How::Changed(Change::Shift, mean_rank),
};

pub(super) fn images(case: &Case<'_>) -> Vec<Changed> {
    let width = case.size[1];
    let by = ((PART * width as f64).round() as isize).max(1);
    [Moved::Columns(by), Moved::Columns(-by)]
        .map(|moved| Changed { image: moved.image(case.image, width), moved })
        .into()
}
