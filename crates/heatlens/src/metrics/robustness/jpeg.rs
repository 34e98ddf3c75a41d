//! Stability under compression: the photograph is saved as a JPEG and read again.

use heatlens_imaging::recompress;

use super::change::{Change, Changed, Moved};
use super::{mean_rank, mean_ssim};
use crate::metrics::trial::Case;
use crate::metrics::{Better, Card, Cost, Group, How, MetricError, Recipe};

/// Qualities of libjpeg.
const QUALITIES: [u8; 3] = [75, 50, 25];

pub(crate) const SSIM: Recipe = Recipe {
    card: Card {
        name: "jpeg-ssim",
        title: "JPEG, SSIM",
        group: Group::Robustness,
        better: Better::Higher,
        cost: Cost::Explanations(QUALITIES.len()),
        summary: "structural similarity to the map of the image after it was saved as a JPEG of quality 75, 50 and \
            25: mean of three",
        source: "",
        differs: "",
    },
    how: How::Changed(Change::Jpeg, mean_ssim),
};

pub(crate) const RANK: Recipe = Recipe {
    card: Card {
        name: "jpeg-rank",
        title: "JPEG, rank correlation",
        summary: "Spearman's correlation with the map of the image after it was saved as a JPEG of quality 75, 50 and \
            25: mean of three",
        ..SSIM.card
    },
    how: How::Changed(Change::Jpeg, mean_rank),
};

pub(super) fn images(case: &Case<'_>) -> Result<Vec<Changed>, MetricError> {
    let image = |quality| {
        Ok(Changed { image: case.prepared(|photograph| recompress(photograph, quality))?, moved: Moved::Nowhere })
    };
    QUALITIES.into_iter().map(image).collect()
}
