//! Area under the precision–recall curve as average precision: `Σ_n (R_n − R_{n−1}) P_n` over the
//! map's distinct values from the largest down.
//!
//! As `sklearn.metrics.average_precision_score`; not the trapezoidal area, which is too good.

use super::{MetricError, cells_inside};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "auprc",
        title: "AUPRC",
        group: Group::Localisation,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "how well the map's values tell cells inside the mask from those outside: average precision; chance \
            is the mask's area",
        source: "sklearn.metrics.average_precision_score",
        differs: "",
    },
    how: How::Mask(|map, mask| average_precision(&map.values, mask)),
};

/// Average precision of the map's values as scores for lying inside the mask, 0 to 1; chance is the
/// mask's area.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`], [`MetricError::EmptyMask`],
/// [`MetricError::FullMask`].
pub fn average_precision(map: &[f32], mask: &[bool]) -> Result<f64, MetricError> {
    let all_inside = cells_inside(map, mask)? as f64;
    let mut order: Vec<u32> = (0..map.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| map[b as usize].total_cmp(&map[a as usize]));
    let (mut selected, mut inside, mut sum) = (0usize, 0usize, 0.0);
    for tied in order.chunk_by(|&a, &b| map[a as usize] == map[b as usize]) {
        let more = tied.iter().filter(|&&i| mask[i as usize]).count();
        selected += tied.len();
        inside += more;
        sum += more as f64 * inside as f64 / selected as f64;
    }
    Ok(sum / all_inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_taken_at_each_step_of_recall() {
        let ap = average_precision(&[0.9, 0.8, 0.7, 0.1], &[true, false, true, false]).unwrap();
        assert!((ap - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
    }
}
