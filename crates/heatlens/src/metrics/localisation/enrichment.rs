//! Enrichment: the energy share over the mask's share of the area. 1 is what a uniform map has.

use super::{MetricError, cells_inside, energy_share};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "enrichment",
        title: "Enrichment",
        group: Group::Localisation,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "the energy share divided by the mask's share of the area: 1 is what a uniform map has",
        source: "",
        differs: "",
    },
    how: How::Mask(|map, mask| enrichment(&map.values, mask)),
};

/// How many times more of the map's positive values lie inside the mask than its area alone would
/// have.
///
/// # Errors
/// As [`energy_share`].
pub fn enrichment(map: &[f32], mask: &[bool]) -> Result<f64, MetricError> {
    let area = cells_inside(map, mask)? as f64 / mask.len() as f64;
    Ok(energy_share(map, mask)? / area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_area_with_all_the_energy_is_enriched_four_times() {
        assert_eq!(enrichment(&[1.0, 0.0, 0.0, 0.0], &[true, false, false, false]), Ok(4.0));
    }
}
