//! Energy share: `Σ_{inside} max(m, 0) / Σ max(m, 0)`.
//!
//! The energy-based pointing game of Score-CAM (arXiv 1910.01279), which Quantus calls relevance
//! mass accuracy (arXiv 2003.07258).

use super::{MetricError, cells_inside};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "energy-share",
        title: "Energy share",
        group: Group::Localisation,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "the part of the map's positive values that lies inside the mask",
        source: "arXiv 1910.01279",
        differs: "",
    },
    how: How::Mask(|map, mask| energy_share(&map.values, mask)),
};

/// The part of the map's positive values that lies inside the mask, 0 to 1; chance is the mask's
/// area.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`], [`MetricError::EmptyMask`],
/// [`MetricError::FullMask`]; [`MetricError::EmptyMap`] where nothing is positive.
pub fn energy_share(map: &[f32], mask: &[bool]) -> Result<f64, MetricError> {
    cells_inside(map, mask)?;
    let positive = |v: f32| f64::from(v.max(0.0));
    let all: f64 = map.iter().copied().map(positive).sum();
    let inside: f64 = map.iter().zip(mask).filter(|(_, inside)| **inside).map(|(&v, _)| positive(v)).sum();
    if all > 0.0 { Ok(inside / all) } else { Err(MetricError::EmptyMap) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_against_the_class_has_no_energy() {
        assert_eq!(energy_share(&[3.0, -5.0, 1.0], &[true, true, false]), Ok(0.75));
    }
}
