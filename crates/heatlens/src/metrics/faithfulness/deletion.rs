//! Deletion: a map is right if few pixels take the class away (RISE, arXiv 1806.07421).

use super::curve::area;
use crate::metrics::trial::Reference;
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

const DIFFERS: &str = "RISE removes 224 pixels a step; here 32 steps serve every size, and the blur and the mean are \
    those of the image itself";

pub(crate) const BLUR: Recipe = Recipe {
    card: Card {
        name: "deletion-blur",
        title: "Deletion, blur",
        group: Group::Faithfulness,
        better: Better::Lower,
        cost: Cost::Runs(super::curve::STEPS + 1),
        summary: "area under the class's probability while the image goes, most salient pixels first, into its blur",
        source: "arXiv 1806.07421",
        differs: DIFFERS,
    },
    how: How::Runs(|trial| area(trial, Reference::Blur, false)),
};

pub(crate) const MEAN: Recipe = Recipe {
    card: Card {
        name: "deletion-mean",
        title: "Deletion, mean",
        summary: "the same into the image's mean colour",
        ..BLUR.card
    },
    how: How::Runs(|trial| area(trial, Reference::Mean, false)),
};
