//! One group: a mean, a proportion.

use super::finding::{Measured, finite};
use super::interval::wilson;
use super::sign_flips::SignFlips;
use super::{Effect, Finding, Settings, Units};

/// The mean of the unit means with the interval of the test by sign flips.
///
/// # Panics
/// If the lengths differ.
pub fn mean(values: &[f64], units: &Units, settings: &Settings) -> Finding {
    let means = units.means(values);
    Finding::new(Effect::Mean, vec![means.len()], || {
        finite(values)?;
        let interval = SignFlips::of(&means, settings).interval(settings.level);
        Ok(Measured { estimate: means.iter().sum::<f64>() / means.len() as f64, interval: Some(interval), p: None })
    })
}

/// The share of cases that are true, with Wilson's interval for the effective number of units.
///
/// # Panics
/// If the lengths differ.
pub fn proportion(of: &[bool], units: &Units, settings: &Settings) -> Finding {
    assert_eq!(of.len(), units.cases(), "one unit a case");
    Finding::new(Effect::Proportion, vec![units.count()], || {
        let share = of.iter().filter(|&&v| v).count() as f64 / of.len() as f64;
        let trials = units.effective();
        Ok(Measured { estimate: share, interval: Some(wilson(share * trials, trials, settings.level)), p: None })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_eyes_of_a_patient_widen_the_interval() {
        let of: Vec<bool> = (0..40).map(|i| i % 4 < 2).collect();
        let width =
            |units: &Units| proportion(&of, units, &Settings::default()).interval().map(|i| i.high - i.low).unwrap();
        let patients = Units::by_key((0..40).map(|i| Some(i / 2)));
        assert!(width(&patients) > 1.3 * width(&Units::each(40)));
        assert_eq!(proportion(&of, &patients, &Settings::default()).estimate(), Some(0.5));
        assert!(proportion(&[true; 4], &Units::each(4), &Settings::default()).estimate().is_none());
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(mean(&values, &patients, &Settings::default()).estimate(), Some(19.5));
    }
}
