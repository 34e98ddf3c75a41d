//! Stability under exposure: the photograph is made darker and brighter.

use heatlens_imaging::Photograph;

use super::change::{Change, Changed, Moved};
use super::{mean_rank, mean_ssim};
use crate::metrics::trial::Case;
use crate::metrics::{Better, Card, Cost, Group, How, MetricError, Recipe};

/// What levels are multiplied by.
const FACTORS: [f32; 2] = [0.8, 1.2];

pub(crate) const SSIM: Recipe = Recipe {
    card: Card {
        name: "brightness-ssim",
        title: "Brightness, SSIM",
        group: Group::Robustness,
        better: Better::Higher,
        cost: Cost::Explanations(FACTORS.len()),
        summary: "structural similarity to the map of the image at four fifths and six fifths of its brightness: mean \
            of both",
        source: "",
        differs: "",
    },
    how: How::Changed(Change::Brightness, mean_ssim),
};

pub(crate) const RANK: Recipe = Recipe {
    card: Card {
        name: "brightness-rank",
        title: "Brightness, rank correlation",
        summary: "Spearman's correlation with the map of the image at four fifths and six fifths of its brightness: \
            mean of both",
        ..SSIM.card
    },
    how: How::Changed(Change::Brightness, mean_rank),
};

pub(super) fn images(case: &Case<'_>) -> Result<Vec<Changed>, MetricError> {
    let brighter = |photograph: &Photograph, factor: f32| {
        let level = |&v: &u8| (f32::from(v) * factor).round().min(255.0) as u8;
        Photograph { rgb: photograph.rgb.iter().map(level).collect(), ..*photograph }
    };
    let image = |factor| {
        Ok(Changed { image: case.prepared(|photograph| brighter(photograph, factor))?, moved: Moved::Nowhere })
    };
    FACTORS.into_iter().map(image).collect()
}
