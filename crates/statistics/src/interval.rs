//! Confidence intervals.

use serde::{Deserialize, Serialize};

use super::special::normal_bound;

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Level, between 0 and 1.
    pub level: f64,
    /// How it was computed.
    pub method: IntervalMethod,
}

impl Interval {
    /// Whether a value lies within, bounds included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// How an interval was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// Bias-corrected and accelerated bootstrap over units (Efron 1987).
    BcaBootstrap,
    /// Percentile bootstrap over units.
    PercentileBootstrap,
    /// Wilson's score interval of a proportion (1927), with the effective number of units.
    Wilson,
    /// DeLong's variance (1988), for several cases a unit Obuchowski's (1997), on the logit scale.
    DeLong,
    /// Normal approximation with DeLong's variance.
    DeLongDifference,
    /// Student's t with Welch's degrees of freedom.
    Welch,
    /// What Fisher's test by sign flips does not reject (Hartigan 1969).
    SignFlips,
    /// Bonett and Wright's interval of Spearman's ρ (2000).
    BonettWright,
}

/// Wilson's interval of `successes` in `trials`; both may be effective, not whole, numbers.
pub(super) fn wilson(successes: f64, trials: f64, level: f64) -> Interval {
    let z2 = normal_bound(level).powi(2);
    let p = successes / trials;
    let centre = (p + z2 / (2.0 * trials)) / (1.0 + z2 / trials);
    let half = (z2 * (p * (1.0 - p) / trials + z2 / (4.0 * trials * trials))).sqrt() / (1.0 + z2 / trials);
    // At 0 and 1 the bound is exact, and rounding must not leave it.
    let low = if successes <= 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes >= trials { 1.0 } else { (centre + half).min(1.0) };
    Interval { low, high, level, method: IntervalMethod::Wilson }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_exact_at_the_ends() {
        let none = wilson(0.0, 20.0, 0.95);
        assert_eq!(none.low, 0.0);
        assert!((none.high - 0.161_125).abs() < 1e-6, "{none:?}");
        let all = wilson(20.0, 20.0, 0.95);
        assert!(all.high == 1.0 && (all.low - 0.838_875).abs() < 1e-6, "{all:?}");
        assert!(all.contains(0.9) && !all.contains(0.8));
    }
}
