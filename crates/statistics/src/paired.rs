//! Paired values: two models, methods or layers on the same images; one sample against a chance
//! level.

use super::finding::{Measured, finite};
use super::sign_flips::SignFlips;
use super::{Effect, Finding, Settings, Silence, Test, Units};

/// The mean of `first − second`, averaged within units, with the test by sign flips that it is 0
/// and that test's interval.
///
/// # Panics
/// If the lengths differ.
pub fn compare_pairs(first: &[f64], second: &[f64], units: &Units, settings: &Settings) -> Finding {
    assert_eq!(first.len(), second.len(), "pairs");
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    Finding::new(Effect::MeanDifference, vec![units.count()], || measure(&differences, 0.0, units, settings))
}

/// The mean with the test by sign flips that the values lie about `chance`, and that test's
/// interval.
///
/// # Panics
/// If the lengths differ.
pub fn against(values: &[f64], chance: f64, units: &Units, settings: &Settings) -> Finding {
    Finding::new(Effect::Mean, vec![units.count()], || measure(values, chance, units, settings))
}

/// Units count alike, whatever their number of cases, in the estimate as in the test.
fn measure(values: &[f64], centre: f64, units: &Units, settings: &Settings) -> Result<Measured, Silence> {
    finite(values)?;
    let means = units.means(values);
    let flips = SignFlips::of(&means, settings);
    Ok(Measured {
        estimate: means.iter().sum::<f64>() / means.len() as f64,
        interval: Some(flips.interval(settings.level)),
        p: Some((flips.p(centre), Test::SignFlips)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_what_is_tested_and_the_mean_what_is_estimated() {
        let values: Vec<f64> = (0..40).map(|i| 2.0 + 0.01 * f64::from(i)).collect();
        let finding = against(&values, 1.0, &Units::each(40), &Settings::default());
        assert!((finding.estimate().unwrap() - 2.195).abs() < 1e-12);
        assert!(finding.p().unwrap().value < 0.001);
        assert!(finding.interval().unwrap().contains(2.195));
        let same = compare_pairs(&values, &values, &Units::each(40), &Settings::default());
        assert_eq!((same.estimate(), same.p().unwrap().value), (Some(0.0), 1.0));
    }
}
