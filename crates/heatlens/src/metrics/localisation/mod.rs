//! Does the map lie where it should? Each compares a map with a mask of as many cells.
//!
//! None gives a score for a mask that is empty or full, for NaN, or for a map that leaves it
//! undefined: those are errors. Cells that tie at a cut-off share it, so a constant map scores what
//! chance would.

pub(super) mod auprc;
pub(super) mod energy;
pub(super) mod enrichment;
pub(super) mod iou_otsu;
pub(super) mod iou_top;
pub(super) mod pointing;
pub(super) mod rank_accuracy;

pub use auprc::average_precision;
pub use energy::energy_share;
pub use enrichment::enrichment;
pub use iou_otsu::{iou_otsu, otsu_threshold};
pub use iou_top::iou_top;
pub use pointing::pointing_game;
pub use rank_accuracy::rank_accuracy;

use super::MetricError;

/// How many cells lie inside the mask, once map and mask are known to be usable.
fn cells_inside(map: &[f32], mask: &[bool]) -> Result<usize, MetricError> {
    if map.len() != mask.len() {
        return Err(MetricError::Sizes { map: map.len(), other: mask.len() });
    }
    if !map.iter().all(|v| v.is_finite()) {
        return Err(MetricError::NotFinite);
    }
    match mask.iter().filter(|&&inside| inside).count() {
        0 => Err(MetricError::EmptyMask),
        all if all == mask.len() => Err(MetricError::FullMask),
        some => Ok(some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Metric = fn(&[f32], &[bool]) -> Result<f64, MetricError>;
    const ALL: [Metric; 7] = [
        energy_share,
        enrichment,
        |map, mask| pointing_game(map, mask, 2, 0.0),
        average_precision,
        |map, mask| iou_top(map, mask, 0.25),
        iou_otsu,
        rank_accuracy,
    ];

    #[test]
    fn what_cannot_be_scored_is_an_error() {
        let map = [0.0, 1.0, 2.0, 3.0];
        for metric in ALL {
            assert_eq!(metric(&map, &[false; 4]), Err(MetricError::EmptyMask));
            assert_eq!(metric(&map, &[true; 4]), Err(MetricError::FullMask));
            assert_eq!(metric(&[], &[]), Err(MetricError::EmptyMask));
            assert_eq!(metric(&map, &[true, false]), Err(MetricError::Sizes { map: 4, other: 2 }));
            for odd in [f32::NAN, f32::INFINITY] {
                assert_eq!(metric(&[odd, 0.0, 0.0, 0.0], &[true, false, false, false]), Err(MetricError::NotFinite));
            }
        }
    }

    #[test]
    fn a_map_of_zeros_scores_chance_or_nothing() {
        let mask = [true, false, false, false];
        let scores = ALL.map(|metric| metric(&[0.0; 4], &mask));
        let (empty, constant) = (Err(MetricError::EmptyMap), Err(MetricError::ConstantMap));
        // A quarter of a cell of the four selected lies inside: 0.25 / (1 + 1 − 0.25).
        assert_eq!(scores, [empty.clone(), empty, Ok(0.25), Ok(0.25), Ok(0.25 / 1.75), constant, Ok(0.25)]);
        assert_eq!(ALL[0](&[2.0; 4], &mask), Ok(0.25));
        assert_eq!(ALL[1](&[2.0; 4], &mask), Ok(1.0));
    }

    #[test]
    fn a_map_mostly_at_its_minimum_selects_what_is_above_it_first() {
        // One hot cell of a hundred, inside; the top 20 % must not select every cell, nor the first
        // twenty.
        let mut map = vec![0.0; 100];
        map[90] = 1.0;
        let mask: Vec<bool> = (0..100).map(|i| i >= 90).collect();
        let inside = 1.0 + 9.0 * 19.0 / 99.0;
        assert!((iou_top(&map, &mask, 0.2).unwrap() - inside / (20.0 + 10.0 - inside)).abs() < 1e-12);
        assert!((rank_accuracy(&map, &mask).unwrap() - (1.0 + 9.0 * 9.0 / 99.0) / 10.0).abs() < 1e-12);
        assert_eq!(energy_share(&map, &mask), Ok(1.0));
        assert_eq!(pointing_game(&map, &mask, 10, 0.0), Ok(1.0));
        assert_eq!(iou_otsu(&map, &mask), Ok(0.1));
    }
}
