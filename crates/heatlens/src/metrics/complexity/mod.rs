//! How simple is the map? Neither end is right in itself: a map may be simple and wrong.

pub(super) mod entropy;
pub(super) mod sparseness;

pub use entropy::entropy;
pub use sparseness::sparseness;

use super::MetricError;

/// The magnitudes of a map's values, and their sum.
fn magnitudes(map: &[f32]) -> Result<(Vec<f64>, f64), MetricError> {
    if !map.iter().all(|v| v.is_finite()) {
        return Err(MetricError::NotFinite);
    }
    let magnitudes: Vec<f64> = map.iter().map(|&v| f64::from(v).abs()).collect();
    let sum = magnitudes.iter().sum();
    if sum > 0.0 { Ok((magnitudes, sum)) } else { Err(MetricError::EmptyMap) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_that_say_nothing_are_errors() {
        for metric in [entropy, sparseness] {
            assert_eq!(metric(&[0.0; 4]), Err(MetricError::EmptyMap));
            assert_eq!(metric(&[]), Err(MetricError::EmptyMap));
            assert_eq!(metric(&[f32::NAN, 1.0]), Err(MetricError::NotFinite));
        }
    }
}
