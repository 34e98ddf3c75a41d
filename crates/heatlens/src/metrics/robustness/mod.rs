//! Does the map stay where it is when the image changes in ways that should not matter?

pub(super) mod brightness;
mod change;
pub(super) mod flip;
pub(super) mod jpeg;
pub(super) mod max_sensitivity;
pub(super) mod shift;

pub(crate) use change::{Change, Pair};

use super::MetricError;
use super::similarity::{rank_correlation, ssim};

/// Mean structural similarity of pairs of maps.
fn mean_ssim(pairs: &[Pair]) -> Result<f64, MetricError> {
    mean(pairs, |pair| ssim(&pair.original.values, &pair.changed.values, pair.original.width, pair.range))
}

/// Mean rank correlation of pairs of maps.
fn mean_rank(pairs: &[Pair]) -> Result<f64, MetricError> {
    mean(pairs, |pair| rank_correlation(&pair.original.values, &pair.changed.values))
}

fn mean(pairs: &[Pair], of: impl Fn(&Pair) -> Result<f64, MetricError>) -> Result<f64, MetricError> {
    let values: Vec<f64> = pairs.iter().map(of).collect::<Result<_, _>>()?;
    Ok(values.iter().sum::<f64>() / values.len() as f64)
}
