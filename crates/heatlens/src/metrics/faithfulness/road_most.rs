//! ROAD, most relevant pixels first (arXiv 2202.00449).

use super::road::{DIFFERS, PERCENTILES, curves};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "road-most",
        title: "ROAD, most relevant first",
        group: Group::Faithfulness,
        better: Better::Lower,
        cost: Cost::Runs(PERCENTILES.len()),
        summary: "by how much the class's probability changes while the most relevant pixels are removed and imputed: \
            mean over 10 % to 90 %",
        source: "arXiv 2202.00449",
        differs: DIFFERS,
    },
    how: How::Runs(|trial| Ok(curves(trial)?.most())),
};
