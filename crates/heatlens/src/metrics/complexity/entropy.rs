//! Complexity: the entropy of the map as a distribution, `−Σ p_i ln p_i` with `p_i = |m_i| / Σ |m|`
//! (arXiv 2005.00631).

use super::{MetricError, magnitudes};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "entropy",
        title: "Entropy",
        group: Group::Complexity,
        better: Better::Lower,
        cost: Cost::Map,
        summary: "how widely the map spreads, in nats: 0 for one cell, the logarithm of the number of cells for a \
            uniform map",
        source: "arXiv 2005.00631",
        differs: "Quantus adds 1e-7 to each magnitude",
    },
    how: How::Map(|map| entropy(&map.values)),
};

/// The entropy of the map's magnitudes in nats: 0 for a single cell, `ln n` for a uniform map of n.
///
/// # Errors
/// [`MetricError::NotFinite`]; [`MetricError::EmptyMap`] for a map of zeros.
pub fn entropy(map: &[f32]) -> Result<f64, MetricError> {
    let (magnitudes, sum) = magnitudes(map)?;
    Ok(magnitudes.iter().map(|m| m / sum).filter(|&p| p > 0.0).map(|p| -p * p.ln()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_one_cell_to_all() {
        assert_eq!(entropy(&[0.0, -3.0, 0.0]), Ok(0.0));
        assert!((entropy(&[0.5; 8]).unwrap() - 8f64.ln()).abs() < 1e-12);
    }
}
