//! How alike are two maps of one size?

mod overlap;
mod spearman;
mod ssim;

pub use overlap::overlap_top;
pub use spearman::rank_correlation;
pub use ssim::ssim;

use super::MetricError;

fn check(a: &[f32], b: &[f32]) -> Result<(), MetricError> {
    if a.len() != b.len() || a.is_empty() {
        return Err(MetricError::Sizes { map: a.len(), other: b.len() });
    }
    if a.iter().chain(b).all(|v| v.is_finite()) { Ok(()) } else { Err(MetricError::NotFinite) }
}

/// Pearson's correlation; `None` where either is constant.
pub(crate) fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        (aa, bb, ab) = (aa + x * x, bb + y * y, ab + x * y);
    }
    // Rounding leaves something of a constant, but nothing near its size.
    let varies = |squares: f64, mean: f64| squares > 1e-24 * mean * mean * a.len() as f64 && squares > 0.0;
    (varies(aa, mean_a) && varies(bb, mean_b)).then(|| (ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        type Similarity = fn(&[f32], &[f32]) -> Result<f64, MetricError>;
        let all: [Similarity; 3] = [rank_correlation, |a, b| ssim(a, b, 7, 1.0), |a, b| overlap_top(a, b, 0.1)];
        let (ramp, ramp64): (Vec<f32>, Vec<f32>) = ((0..49).map(|i| i as f32).collect(), vec![1.0; 64]);
        let mut broken = ramp.clone();
        broken[3] = f32::NAN;
        for similarity in all {
            assert!((similarity(&ramp, &ramp).unwrap() - 1.0).abs() < 1e-12);
            assert_eq!(similarity(&ramp, &ramp64), Err(MetricError::Sizes { map: 49, other: 64 }));
            assert_eq!(similarity(&ramp, &broken), Err(MetricError::NotFinite));
            assert_eq!(similarity(&[], &[]), Err(MetricError::Sizes { map: 0, other: 0 }));
        }
        assert_eq!(rank_correlation(&ramp, &[1.0; 49]), Err(MetricError::ConstantMap));
        assert!(ssim(&ramp, &[0.0; 49], 7, 48.0).unwrap() < 0.1);
    }
}
