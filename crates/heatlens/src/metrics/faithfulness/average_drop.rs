//! Average drop: `max(0, p − o) / p` with p the probability of the class on the image and o on
//! image ⊙ map (Grad-CAM++, arXiv 1710.11063).

use super::confidence::through_the_map;
use crate::metrics::{Better, Card, Cost, Group, How, MetricError, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "average-drop",
        title: "Average drop",
        group: Group::Faithfulness,
        better: Better::Lower,
        cost: Cost::Runs(1),
        summary: "the part of the class's probability that is lost where the map is dark: the image is multiplied by \
            the map",
        source: "arXiv 1710.11063",
        differs: "",
    },
    how: How::Runs(|trial| {
        let before = trial.case.probability();
        if before <= 0.0 {
            return Err(MetricError::ConstantScore);
        }
        Ok((before - through_the_map(trial)?).max(0.0) / before)
    }),
};
