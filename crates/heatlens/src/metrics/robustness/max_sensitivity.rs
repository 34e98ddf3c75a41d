//! Max-sensitivity: `max_δ ‖m(x + δ) − m(x)‖ / ‖m(x)‖` over random δ with values in ±0.02 (arXiv
//! 1901.09392).

use super::change::{Change, Changed, Moved, Pair};
use crate::metrics::trial::Case;
use crate::metrics::{Better, Card, Cost, Group, How, MetricError, Recipe};
use crate::random::Random;

/// Changed images.
const IMAGES: usize = 10;
/// The largest change of a value of the preprocessed image.
const RADIUS: f64 = 0.02;

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "max-sensitivity",
        title: "Max-sensitivity",
        group: Group::Robustness,
        better: Better::Lower,
        cost: Cost::Explanations(IMAGES),
        summary: "the largest change of the map, in parts of itself, when noise that nobody sees is added to the image",
        source: "arXiv 1901.09392",
        differs: "10 images and a radius of 0.02 as Captum has them, of the finished map, at a fixed class; Quantus \
            takes 200 and 0.2",
    },
    how: How::Changed(Change::Noise, max_sensitivity),
};

pub(super) fn images(case: &Case<'_>) -> Vec<Changed> {
    let noisy = |nth: u64| {
        let mut random = Random::new(case.seed, 0x5e45_0000 + nth);
        let image = case.image.iter().map(|v| v + (RADIUS * (2.0 * random.unit() - 1.0)) as f32).collect();
        Changed { image, moved: Moved::Nowhere }
    };
    (0..IMAGES as u64).map(noisy).collect()
}

fn max_sensitivity(pairs: &[Pair]) -> Result<f64, MetricError> {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let mut largest = 0.0f64;
    for Pair { original, changed, .. } in pairs {
        let whole = norm(&mut original.values.iter().map(|&v| v.into()));
        if whole == 0.0 {
            return Err(MetricError::EmptyMap);
        }
        let change = norm(&mut original.values.iter().zip(&changed.values).map(|(a, b)| f64::from(b - a)));
        if !change.is_finite() {
            return Err(MetricError::NotFinite);
        }
        largest = largest.max(change / whole);
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    #[test]
    fn the_largest_change_counts() {
        let pair = |original: [f32; 2], changed: [f32; 2]| Pair {
            original: Map::new(1, 2, original.to_vec()),
            changed: Map::new(1, 2, changed.to_vec()),
            range: 1.0,
        };
        assert_eq!(max_sensitivity(&[pair([3.0, 4.0], [3.0, 4.0]), pair([3.0, 4.0], [3.0, 6.0])]), Ok(0.4));
        assert_eq!(max_sensitivity(&[pair([0.0, 0.0], [3.0, 4.0])]), Err(MetricError::EmptyMap));
        assert_eq!(max_sensitivity(&[pair([1.0, 0.0], [f32::NAN, 4.0])]), Err(MetricError::NotFinite));
    }
}
