//! Spearman's rank correlation.

use super::finding::{Measured, finite};
use super::rank::ranks;
use super::special::{normal_bound, normal_two_sided};
use super::{Effect, Finding, Interval, IntervalMethod, Settings, Test, Units};

/// Spearman's ρ with the test that it is 0 and that test's interval: its inverse hyperbolic tangent
/// is normal with variance (1 + ρ²/2)/(n − 3) (Bonett and Wright, Psychometrika 2000), n the
/// effective number of units.
///
/// # Panics
/// If the lengths differ.
pub fn rank_correlation(x: &[f64], y: &[f64], units: &Units, settings: &Settings) -> Finding {
    assert!(x.len() == y.len() && x.len() == units.cases(), "pairs");
    Finding::new(Effect::Spearman, vec![units.count()], || {
        finite(x)?;
        finite(y)?;
        let rho = spearman(x, y);
        let n = units.effective();
        // A perfect order counts as half a swap of neighbours from it.
        let bounded = rho.clamp(-1.0 + half_a_swap(n), 1.0 - half_a_swap(n));
        let (z, error) = (bounded.atanh(), ((1.0 + bounded * bounded / 2.0) / (n - 3.0).max(0.0)).sqrt());
        let half = normal_bound(settings.level) * error;
        let interval = Interval {
            low: (z - half).tanh(),
            high: (z + half).tanh(),
            level: settings.level,
            method: IntervalMethod::BonettWright,
        };
        let p = normal_two_sided(z / error);
        Ok(Measured { estimate: rho, interval: Some(interval), p: Some((p, Test::BonettWright)) })
    })
}

/// Half of what ρ falls by where two neighbours of n swap places.
fn half_a_swap(n: f64) -> f64 {
    (6.0 / (n * (n * n - 1.0))).clamp(0.0, 1.0)
}

/// Pearson's correlation of the ranks; NaN where one side does not vary.
pub(super) fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (ranks(x), ranks(y));
    let middle = (x.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    (product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt()).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monotone_relation_is_one_and_a_constant_says_nothing() {
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|v| -v.exp()).collect();
        let finding = rank_correlation(&x, &y, &Units::each(30), &Settings::default());
        assert!(finding.estimate() == Some(-1.0) && finding.p().unwrap().value < 1e-10);
        let interval = finding.interval().unwrap();
        assert!(interval.low >= -1.0 && interval.high < -0.999, "{interval:?}");
        let constant = rank_correlation(&x, &[1.0; 30], &Units::each(30), &Settings::default());
        assert!(constant.estimate().is_none() && constant.silence().is_some());
    }

    #[test]
    fn a_patient_counts_once_in_the_test() {
        let x: Vec<f64> = (0..60).map(|i| f64::from((i / 2 * 17) % 30)).collect();
        let y: Vec<f64> = (0..60).map(|i| f64::from((i / 2 * 11) % 30) + x[i as usize] * 0.4).collect();
        let p = |units: &Units| rank_correlation(&x, &y, units, &Settings::default()).p().unwrap().value;
        assert!(p(&Units::by_key((0..60).map(|i| Some(i / 2)))) > p(&Units::each(60)));
    }
}
