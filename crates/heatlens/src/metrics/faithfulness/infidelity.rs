//! Infidelity: `E[(β Σ_{i∈S} m_i − (f(x) − f(x without S)))²] / E[(f(x) − f(x without S))²]` over
//! random squares S, β ≥ 0 being the best factor (arXiv 1901.09392).

use super::patches::{Removals, remove};
use crate::metrics::{Better, Card, Cost, Group, How, MetricError, Recipe};
use crate::random::Random;

/// Squares, of a side between an eighth and a half of the image's shorter one.
const SQUARES: usize = 64;
/// Tells the squares from sets of patches, of which there is at least one.
const SQUARE_FAMILY: [usize; 3] = [0, 0, SQUARES];

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "infidelity",
        title: "Infidelity",
        group: Group::Faithfulness,
        better: Better::Lower,
        cost: Cost::Runs(SQUARES),
        summary: "how far the map's sum over random squares is from the fall of the logit without them: 0 where it \
            tells it, 1 where it tells nothing",
        source: "arXiv 1901.09392",
        differs: "divided by what a map of zeros has, after the best factor ≥ 0 (Captum's `normalize`), so that maps \
            of any scale can be compared",
    },
    how: How::Runs(|trial| {
        let squares = squares(trial.case.size, trial.case.seed);
        infidelity(&remove(trial, SQUARE_FAMILY, &squares)?)
    }),
};

fn squares([height, width]: [usize; 2], seed: u64) -> Vec<Vec<bool>> {
    let shorter = height.min(width);
    let mut random = Random::new(seed, 0x5153);
    let mut square = || {
        let side = (shorter / 8 + random.below(shorter / 2 - shorter / 8 + 1)).max(1);
        let (top, left) = (random.below(height - side + 1), random.below(width - side + 1));
        (0..height * width)
            .map(|i| (top..top + side).contains(&(i / width)) && (left..left + side).contains(&(i % width)))
            .collect()
    };
    (0..SQUARES).map(|_| square()).collect()
}

fn infidelity(removals: &Removals) -> Result<f64, MetricError> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let (told, fell) = (&removals.relevance, &removals.fall);
    match (dot(told, told), dot(fell, fell)) {
        (0.0, _) => Err(MetricError::EmptyMap),
        (_, 0.0) => Err(MetricError::ConstantScore),
        (aa, dd) => Ok(1.0 - dot(told, fell).max(0.0).powi(2) / (aa * dd)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_proportions_count_and_the_wrong_sign_tells_nothing() {
        let of =
            |relevance: &[f64]| infidelity(&Removals { relevance: relevance.to_vec(), fall: vec![1.0, 2.0, -1.0] });
        assert!(of(&[10.0, 20.0, -10.0]).unwrap().abs() < 1e-12);
        assert_eq!(of(&[-1.0, -2.0, 1.0]), Ok(1.0));
        assert_eq!(of(&[0.0; 3]), Err(MetricError::EmptyMap));
    }

    #[test]
    fn squares_fit_into_small_images() {
        assert!(squares([3, 5], 1).iter().all(|square| square.contains(&true)));
    }
}
