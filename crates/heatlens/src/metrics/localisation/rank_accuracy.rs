//! Relevance rank accuracy: of as many most salient cells as the mask has, the part inside it
//! (arXiv 2003.07258).

use super::{MetricError, cells_inside};
use crate::metrics::order::Top;
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "rank-accuracy",
        title: "Relevance rank accuracy",
        group: Group::Localisation,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "of as many most salient cells as the mask has, the part inside it; chance is the mask's area",
        source: "arXiv 2003.07258",
        differs: "Quantus orders tied cells by position; here they share the places that are left",
    },
    how: How::Mask(|map, mask| rank_accuracy(&map.values, mask)),
};

/// Of as many most salient cells as the mask has, the part inside it, 0 to 1; chance is the mask's
/// area.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`], [`MetricError::EmptyMask`],
/// [`MetricError::FullMask`].
pub fn rank_accuracy(map: &[f32], mask: &[bool]) -> Result<f64, MetricError> {
    let marked = cells_inside(map, mask)?;
    Ok(Top::of(map, marked).inside(map, mask) / marked as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_two_most_salient_is_inside() {
        assert_eq!(rank_accuracy(&[4.0, 3.0, 2.0, 1.0], &[true, false, true, false]), Ok(0.5));
    }
}
