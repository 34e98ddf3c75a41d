//! Spearman's rank correlation of two maps.

use super::{MetricError, check, pearson};
use crate::metrics::order::ranks;

/// Spearman's rank correlation, −1 to 1; equal values have the mean of their ranks.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`]; [`MetricError::ConstantMap`] where either
/// map has no ranks to compare.
pub fn rank_correlation(a: &[f32], b: &[f32]) -> Result<f64, MetricError> {
    check(a, b)?;
    pearson(&ranks(a), &ranks(b)).ok_or(MetricError::ConstantMap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_order_matters() {
        assert!((rank_correlation(&[1.0, 2.0, 3.0], &[1.0, 10.0, 11.0]).unwrap() - 1.0).abs() < 1e-12);
        assert!((rank_correlation(&[1.0, 2.0, 3.0], &[5.0, 4.0, -1.0]).unwrap() + 1.0).abs() < 1e-12);
    }
}
