//! Pointing game: whether the map's maximum lies on the mask, or within a tolerance of it (arXiv
//! 1608.00507).

use super::{MetricError, cells_inside};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

/// The paper's 15 pixels, in proportion to an input 224 pixels wide.
const TOLERANCE: f64 = 15.0 / 224.0;

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "pointing-game",
        title: "Pointing game",
        group: Group::Localisation,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "whether the map's maximum lies on the mask or within 15 pixels of it (at a width of 224; in \
            proportion otherwise)",
        source: "arXiv 1608.00507",
        differs: "Quantus has no tolerance and counts a hit if any of several tied maxima hits; here each has its \
            share",
    },
    how: How::Mask(|map, mask| pointing_game(&map.values, mask, map.width, TOLERANCE * map.width as f64)),
};

/// 1 if the largest value of the map, whose rows are `width` cells, lies within `tolerance` cells
/// of the mask (centre to centre), else 0. Where several cells are the largest: the part of them
/// that does.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`], [`MetricError::EmptyMask`],
/// [`MetricError::FullMask`].
///
/// # Panics
/// If the map does not consist of whole rows.
pub fn pointing_game(map: &[f32], mask: &[bool], width: usize, tolerance: f64) -> Result<f64, MetricError> {
    cells_inside(map, mask)?;
    assert!(width > 0 && map.len().is_multiple_of(width), "rows of {width} cells");
    let largest = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let maxima: Vec<usize> = (0..map.len()).filter(|&i| map[i] == largest).collect();
    let hits = maxima.iter().filter(|&&i| is_near(mask, width, i, tolerance)).count();
    Ok(hits as f64 / maxima.len() as f64)
}

/// Whether the mask has a cell within `tolerance` of cell `at`.
fn is_near(mask: &[bool], width: usize, at: usize, tolerance: f64) -> bool {
    let (x, y, height) = (at % width, at / width, mask.len() / width);
    let reach = tolerance.max(0.0).min(width.max(height) as f64) as usize;
    let within = |i: usize, j: usize| (i.abs_diff(x).pow(2) + j.abs_diff(y).pow(2)) as f64 <= tolerance * tolerance;
    (y.saturating_sub(reach)..=(y + reach).min(height - 1))
        .any(|j| (x.saturating_sub(reach)..=(x + reach).min(width - 1)).any(|i| mask[j * width + i] && within(i, j)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_a_hit_within_the_tolerance_only() {
        let mut map = [0.0; 9];
        map[8] = 1.0;
        let mask: [bool; 9] = std::array::from_fn(|i| i == 4);
        assert_eq!(pointing_game(&map, &mask, 3, 0.0), Ok(0.0));
        assert_eq!(pointing_game(&map, &mask, 3, 1.0), Ok(0.0));
        assert_eq!(pointing_game(&map, &mask, 3, 1.5), Ok(1.0));
    }

    #[test]
    fn rows_do_not_run_into_each_other() {
        // The end of the first row is not beside the beginning of the second.
        assert_eq!(
            pointing_game(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0], &[false, false, false, true, false, false], 3, 1.0),
            Ok(0.0)
        );
    }

    #[test]
    fn tied_maxima_have_their_shares() {
        assert_eq!(pointing_game(&[1.0, 1.0, 0.0, 1.0], &[true, false, false, false], 4, 0.0), Ok(1.0 / 3.0));
    }
}
