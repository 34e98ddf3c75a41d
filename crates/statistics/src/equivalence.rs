//! Two one-sided tests (Schuirmann 1987): whether a difference is smaller than a margin. "Not
//! significant" is not "equal".

use super::finding::{Measured, finite};
use super::special::{student_bound, student_upper};
use super::{Effect, Finding, Interval, IntervalMethod, Settings, Silence, Test, Units};

/// Whether the means of two groups differ by less than `margin`: p is the larger of the two
/// one-sided Welch tests on unit means. The interval has level 1 − 2α (90 % at a level of 95 %):
/// equivalence is shown exactly when it lies within ±margin.
///
/// A unit with cases in both groups enters both; as its values go together, the test then errs on
/// the side of showing nothing.
///
/// # Panics
/// If the lengths differ.
pub fn equivalence(values: &[f64], first: &[bool], margin: f64, units: &Units, settings: &Settings) -> Finding {
    assert!(values.len() == first.len() && values.len() == units.cases(), "one group and unit a value");
    let groups = [true, false].map(|group| {
        let cases: Vec<usize> = (0..values.len()).filter(|&c| first[c] == group).collect();
        units.select(&cases).means(&cases.iter().map(|&c| values[c]).collect::<Vec<_>>())
    });
    Finding::new(Effect::MeanDifference, groups.iter().map(Vec::len).collect(), || {
        finite(values)?;
        let [a, b] = groups.each_ref().map(|group| moments(group));
        let shares = [a.error2, b.error2];
        let total = shares[0] + shares[1];
        let df = total * total / (shares[0] * shares[0] / (a.n - 1.0) + shares[1] * shares[1] / (b.n - 1.0));
        one_sided_pair(a.mean - b.mean, total.sqrt(), df, margin, settings)
    })
}

/// The same for paired values: whether the mean of `first − second`, averaged within units, is
/// smaller than `margin`.
///
/// # Panics
/// If the lengths differ.
pub fn paired_equivalence(first: &[f64], second: &[f64], margin: f64, units: &Units, settings: &Settings) -> Finding {
    assert_eq!(first.len(), second.len(), "pairs");
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let means = units.means(&differences);
    Finding::new(Effect::MeanDifference, vec![means.len()], || {
        finite(&means)?;
        let of = moments(&means);
        one_sided_pair(of.mean, of.error2.sqrt(), of.n - 1.0, margin, settings)
    })
}

struct Moments {
    n: f64,
    mean: f64,
    /// Squared standard error of the mean.
    error2: f64,
}

fn moments(values: &[f64]) -> Moments {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    Moments { n, mean, error2: values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n }
}

fn one_sided_pair(difference: f64, error: f64, df: f64, margin: f64, settings: &Settings) -> Result<Measured, Silence> {
    if error <= 0.0 {
        return Err(Silence::Undefined("the values do not vary".into()));
    }
    if margin.is_nan() || margin <= 0.0 {
        return Err(Silence::Undefined(format!("the margin of equivalence must be above 0, not {margin}")));
    }
    let above_lower = student_upper((difference + margin) / error, df);
    let below_upper = student_upper((margin - difference) / error, df);
    let level = 2.0 * settings.level - 1.0;
    let half = student_bound(level, df) * error;
    let interval = Interval { low: difference - half, high: difference + half, level, method: IntervalMethod::Welch };
    Ok(Measured {
        estimate: difference,
        interval: Some(interval),
        p: Some((above_lower.max(below_upper), Test::Equivalence)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_and_the_test_agree() {
        let values: Vec<f64> = (0..80).map(|i| f64::from((i * 37) % 41)).collect();
        let first: Vec<bool> = (0..80).map(|i| i < 40).collect();
        for margin in [0.5, 2.0, 4.0, 5.0, 6.0, 9.0] {
            let finding = equivalence(&values, &first, margin, &Units::each(80), &Settings::default());
            let interval = finding.interval().unwrap();
            let within = interval.low > -margin && interval.high < margin;
            assert_eq!(finding.is_significant(0.05), Some(within), "{margin} {finding:?}");
        }
        let nonsense = equivalence(&values, &first, 0.0, &Units::each(80), &Settings::default());
        assert!(nonsense.silence().unwrap().to_string().contains("margin"));
    }
}
