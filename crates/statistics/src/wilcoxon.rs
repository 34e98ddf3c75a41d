//! Wilcoxon's signed-rank test.

use super::rank::Ranks;
use super::special::normal_two_sided;

/// Up to this many differences the distribution is exact.
const EXACT_UP_TO: usize = 50;

/// The sum of the ranks of positive differences and the two-sided p-value. Zeros are left out
/// (Wilcoxon's own way); with ties or zeros, or beyond 50 differences, the normal approximation
/// without continuity correction is used.
pub(super) fn signed_rank(differences: &[f64]) -> (f64, f64) {
    let kept: Vec<f64> = differences.iter().copied().filter(|&d| d != 0.0).collect();
    let ranked = Ranks::of(&kept.iter().map(|d| d.abs()).collect::<Vec<_>>());
    let positive: f64 = ranked.ranks.iter().zip(&kept).filter(|&(_, &d)| d > 0.0).map(|(r, _)| r).sum();
    if kept.is_empty() {
        return (positive, 1.0);
    }
    if kept.len() == differences.len() && ranked.tie_term == 0.0 && kept.len() <= EXACT_UP_TO {
        return (positive, exact(positive as usize, kept.len()));
    }
    let n = kept.len() as f64;
    let deviation = ((n * (n + 1.0) * (2.0 * n + 1.0) - ranked.tie_term / 2.0) / 24.0).sqrt();
    (positive, normal_two_sided((positive - n * (n + 1.0) / 4.0) / deviation))
}

/// Twice the smaller tail, from the number of subsets of 1..=n with each sum: exact in f64, as 2⁵⁰
/// < 2⁵³.
fn exact(rank_sum: usize, n: usize) -> f64 {
    let most = n * (n + 1) / 2;
    let mut subsets = vec![0.0; most + 1];
    subsets[0] = 1.0;
    for rank in 1..=n {
        for sum in (rank..=most).rev() {
            subsets[sum] += subsets[sum - rank];
        }
    }
    let tail: f64 = subsets[..=rank_sum.min(most - rank_sum)].iter().sum();
    (2.0 * tail / 2f64.powi(n as i32)).min(1.0)
}
