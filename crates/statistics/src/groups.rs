//! Two groups compared by ranks.

use super::finding::{Measured, finite};
use super::superiority::Superiority;
use super::{Effect, Finding, Interval, Settings, Test, Units};

/// Cliff's δ of the cases marked `first` against the others, with Brunner and Munzel's test that
/// neither group is superior (Biometrical Journal 2000) and that test's interval, both on the logit
/// scale.
///
/// # Panics
/// If the lengths differ.
pub fn compare_groups(values: &[f64], first: &[bool], units: &Units, settings: &Settings) -> Finding {
    let counts = [true, false].map(|group| units_in(first, group, units));
    Finding::new(Effect::CliffsDelta, counts.to_vec(), || {
        finite(values)?;
        let superiority = Superiority::of(values, first);
        let spread = superiority.spread(first, units);
        let delta = |theta: f64| 2.0 * theta - 1.0;
        let interval = spread.interval(settings.level);
        let interval = Interval { low: delta(interval.low), high: delta(interval.high), ..interval };
        let p = Some((spread.p(), Test::BrunnerMunzel));
        Ok(Measured { estimate: delta(superiority.theta), interval: Some(interval), p })
    })
}

/// Units with a case in a group.
pub(super) fn units_in(first: &[bool], group: bool, units: &Units) -> usize {
    (0..units.count()).filter(|&u| units.members(u).iter().any(|&case| first[case] == group)).count()
}

#[cfg(test)]
mod tests {
    use super::super::Random;
    use super::*;

    #[test]
    fn equal_values_are_no_difference() {
        let first: Vec<bool> = (0..60).map(|i| i % 2 == 0).collect();
        let finding = compare_groups(&[1.0; 60], &first, &Units::each(60), &Settings::default());
        assert_eq!((finding.estimate(), finding.p().unwrap().value), (Some(0.0), 1.0));
    }

    #[test]
    fn patients_with_two_eyes_raise_no_false_alarm() {
        // 40 patients whose two eyes agree, groups by chance: 5 % of the tests may say more, the
        // naive one says three times as many.
        let (mut clustered, mut naive) = (0, 0);
        for seed in 0..400 {
            let mut random = Random::new(seed, 3);
            let patients: Vec<f64> = (0..40).map(|_| random.unit()).collect();
            let values: Vec<f64> = (0..80).map(|i| patients[i / 2] + 0.05 * random.unit()).collect();
            let first: Vec<bool> = (0..80).map(|i| i / 2 < 20).collect();
            let p = |units: &Units| compare_groups(&values, &first, units, &Settings::default()).p().unwrap().value;
            clustered += usize::from(p(&Units::by_key((0..80).map(|i| Some(i / 2)))) < 0.05);
            naive += usize::from(p(&Units::each(80)) < 0.05);
        }
        assert!((8..=34).contains(&clustered), "{clustered}");
        assert!(naive > 2 * clustered, "{naive} {clustered}");
    }

    #[test]
    fn values_that_are_no_numbers_are_refused() {
        let first: Vec<bool> = (0..40).map(|i| i < 20).collect();
        let mut values = [0.5; 40];
        values[7] = f64::NAN;
        let finding = compare_groups(&values, &first, &Units::each(40), &Settings::default());
        assert!(finding.silence().unwrap().to_string().contains("1 of 40"));
    }
}
