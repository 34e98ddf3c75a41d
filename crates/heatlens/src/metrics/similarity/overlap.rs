//! Top-part intersection of two maps.

use super::{MetricError, check};
use crate::metrics::order::Top;

/// The part of the most salient `part` of the cells that two maps share, 0 to 1; chance is `part`.
/// Cells that tie at a cut-off share it.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`].
pub fn overlap_top(a: &[f32], b: &[f32], part: f64) -> Result<f64, MetricError> {
    check(a, b)?;
    let count = ((a.len() as f64 * part).round() as usize).clamp(1, a.len());
    let (top_a, top_b) = (Top::of(a, count), Top::of(b, count));
    let shared: f64 = a.iter().zip(b).map(|(&x, &y)| top_a.weight(x).min(top_b.weight(y))).sum();
    Ok(shared / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_two_is_shared() {
        assert_eq!(overlap_top(&[4.0, 3.0, 2.0, 1.0], &[1.0, 3.0, 2.0, 4.0], 0.5), Ok(0.5));
    }
}
