//! The Mann–Whitney U test.

use super::rank::Ranks;
use super::special::normal_two_sided;

/// U of the first group, and the two-sided p-value of the normal approximation with tie and
/// continuity correction.
///
/// The exact distribution is left out on purpose: it matters for groups below ten, and
/// [`super::Finding`] gives no p-value below 20.
pub(super) fn mann_whitney(values: &[f64], first: &[bool]) -> (f64, f64) {
    let ranked = Ranks::of(values);
    let n = values.len() as f64;
    let n1 = first.iter().filter(|&&f| f).count() as f64;
    let n2 = n - n1;
    let rank_sum: f64 = ranked.ranks.iter().zip(first).filter(|&(_, &f)| f).map(|(r, _)| r).sum();
    let u = rank_sum - n1 * (n1 + 1.0) / 2.0;
    let deviation = (n1 * n2 / 12.0 * (n + 1.0 - ranked.tie_term / (n * (n - 1.0)))).sqrt();
    let distance = u.max(n1 * n2 - u) - n1 * n2 / 2.0 - 0.5;
    // All values equal: nothing speaks for a difference.
    let p = if deviation > 0.0 && distance > 0.0 { normal_two_sided(distance / deviation) } else { 1.0 };
    (u, p)
}
