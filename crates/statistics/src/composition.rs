//! Shares that sum to one. One can only rise where another falls, so they are compared as
//! log-ratios (Aitchison 1986).

/// The share that a zone with nothing in it is given before the logarithm.
pub const ZERO_SHARE: f64 = 1e-3;

/// The centred log-ratio of a composition: ln of each share less the mean of the logarithms. Zeros
/// become `zero_share` and the others shrink so that the sum stays one (multiplicative replacement,
/// Martín-Fernández 2003).
///
/// `None` if a share is negative or no number, if all are zero, or if `zero_share` times the zeros
/// leaves nothing for the others.
pub fn centred_log_ratio(shares: &[f64], zero_share: f64) -> Option<Vec<f64>> {
    let total: f64 = shares.iter().sum();
    let zeros = shares.iter().filter(|&&s| s == 0.0).count() as f64;
    let valid = shares.iter().all(|&s| s >= 0.0)
        && total.is_finite()
        && total > 0.0
        && zero_share > 0.0
        && zeros * zero_share < 1.0;
    if !valid {
        return None;
    }
    let replaced = |share: f64| if share == 0.0 { zero_share } else { share / total * (1.0 - zeros * zero_share) };
    let logarithms: Vec<f64> = shares.iter().map(|&s| replaced(s).ln()).collect();
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    Some(logarithms.iter().map(|l| l - mean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_does_not_matter_and_the_sum_is_zero() {
        let clr = centred_log_ratio(&[0.2, 0.3, 0.5], ZERO_SHARE).unwrap();
        let scaled = centred_log_ratio(&[2.0, 3.0, 5.0], ZERO_SHARE).unwrap();
        assert!(clr.iter().zip(&scaled).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(clr.iter().sum::<f64>().abs() < 1e-12);
        assert!(centred_log_ratio(&[0.0, 1.0], ZERO_SHARE).unwrap()[0] < -3.0);
        for broken in [&[0.0, 0.0][..], &[-0.1, 1.1], &[f64::NAN, 1.0], &[]] {
            assert_eq!(centred_log_ratio(broken, ZERO_SHARE), None);
        }
    }
}
