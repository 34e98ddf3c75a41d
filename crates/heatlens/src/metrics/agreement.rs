//! How far methods agree, on one image and over a set.

use super::MetricError;
use super::similarity::{overlap_top, rank_correlation, ssim};
use crate::Map;

/// The part of the image that counts as most salient.
const TOP: f64 = 0.1;

/// How alike two maps of one image are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Structural similarity.
    pub ssim: f64,
    /// Spearman's rank correlation.
    pub rank: f64,
    /// The part that their most salient tenths share; chance is 0.1.
    pub overlap: f64,
}

impl Agreement {
    /// Of two finished maps of one size. What speaks against the class is left out of maps that
    /// have it, so that methods can be compared.
    ///
    /// # Errors
    /// [`MetricError::ConstantMap`] where either has no order, and as [`ssim`].
    pub fn of(a: &Map, b: &Map) -> Result<Agreement, MetricError> {
        let positive =
            |map: &Map| -> Vec<f32> { map.values.iter().map(|v| if v.is_nan() { *v } else { v.max(0.0) }).collect() };
        let (x, y) = (positive(a), positive(b));
        Ok(Agreement {
            ssim: ssim(&x, &y, a.width, 1.0)?,
            rank: rank_correlation(&x, &y)?,
            overlap: overlap_top(&x, &y, TOP)?,
        })
    }

    /// The mean of several; `None` of none.
    pub fn mean(several: &[Agreement]) -> Option<Agreement> {
        let mean = |part: fn(&Agreement) -> f64| several.iter().map(part).sum::<f64>() / several.len() as f64;
        (!several.is_empty()).then(|| Agreement {
            ssim: mean(|a| a.ssim),
            rank: mean(|a| a.rank),
            overlap: mean(|a| a.overlap),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_agrees_with_itself_and_a_constant_with_nothing() {
        let map = Map::new(8, 8, (0..64).map(|i| i as f32 / 63.0 - 0.2).collect());
        let itself = Agreement::of(&map, &map).unwrap();
        assert!(
            (itself.ssim - 1.0).abs() < 1e-9 && (itself.rank - 1.0).abs() < 1e-9 && (itself.overlap - 1.0).abs() < 1e-9
        );
        assert_eq!(Agreement::of(&map, &Map::new(8, 8, vec![0.5; 64])), Err(MetricError::ConstantMap));
        assert_eq!(Agreement::of(&map, &Map::new(8, 8, vec![f32::NAN; 64])), Err(MetricError::NotFinite));
    }
}
