//! Spearman's rank correlation.

use super::finding::{bootstrapped, finite};
use super::rank::Ranks;
use super::special::student_two_sided;
use super::{Effect, Finding, Settings, Test, Units};

/// Spearman's ρ with its bootstrap interval; p by Student's t with the effective number of units
/// less two.
///
/// # Panics
/// If the lengths differ.
pub fn rank_correlation(x: &[f64], y: &[f64], units: &Units, settings: &Settings) -> Finding {
    assert!(x.len() == y.len() && x.len() == units.cases(), "pairs");
    Finding::new(Effect::Spearman, vec![units.count()], || {
        finite(x)?;
        finite(y)?;
        let statistic = |cases: &[usize]| {
            let pick = |values: &[f64]| cases.iter().map(|&c| values[c]).collect::<Vec<_>>();
            spearman(&pick(x), &pick(y))
        };
        let mut measured = bootstrapped(units, settings, statistic);
        measured.p = Some((p_value(measured.estimate, units.effective()), Test::SpearmanT));
        Ok(measured)
    })
}

/// Pearson's correlation of the ranks; NaN where one side does not vary.
pub(super) fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (Ranks::of(x).ranks, Ranks::of(y).ranks);
    let middle = (x.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    (product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt()).clamp(-1.0, 1.0)
}

fn p_value(rho: f64, n: f64) -> f64 {
    let df = n - 2.0;
    student_two_sided(rho * (df / ((1.0 + rho) * (1.0 - rho))).sqrt(), df)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monotone_relation_is_one_and_a_constant_says_nothing() {
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|v| -v.exp()).collect();
        let finding = rank_correlation(&x, &y, &Units::each(30), &Settings::default());
        assert_eq!((finding.estimate(), finding.p().unwrap().value), (Some(-1.0), 0.0));
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
