//! Sparseness: the Gini index of the map, `Σ_i (2i − n − 1) |m|_(i) / (n Σ |m|)` with magnitudes in
//! rising order (arXiv 1810.06583).

use super::{MetricError, magnitudes};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "sparseness",
        title: "Sparseness",
        group: Group::Complexity,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "the Gini index of the map: 0 for a uniform one, towards 1 where few cells hold everything",
        source: "arXiv 1810.06583",
        differs: "Quantus adds 1e-7 to each magnitude",
    },
    how: How::Map(|map| sparseness(&map.values)),
};

/// The Gini index of the map's magnitudes: 0 for a uniform map, `1 − 1/n` for a single one of n
/// cells.
///
/// # Errors
/// [`MetricError::NotFinite`]; [`MetricError::EmptyMap`] for a map of zeros.
pub fn sparseness(map: &[f32]) -> Result<f64, MetricError> {
    let (mut magnitudes, sum) = magnitudes(map)?;
    magnitudes.sort_unstable_by(f64::total_cmp);
    let n = magnitudes.len() as f64;
    let weighted: f64 = magnitudes.iter().enumerate().map(|(i, m)| (2.0 * (i + 1) as f64 - n - 1.0) * m).sum();
    Ok(weighted / (n * sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_uniform_to_one_cell() {
        assert_eq!(sparseness(&[0.5; 8]), Ok(0.0));
        assert_eq!(sparseness(&[0.0, 0.0, -2.0, 0.0]), Ok(0.75));
    }
}
