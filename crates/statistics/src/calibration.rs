//! Whether probabilities mean what they say.

use serde::{Deserialize, Serialize};

use super::finding::{CASES_BELOW, bootstrapped, finite};
use super::interval::wilson;
use super::{Effect, Finding, Interval, Settings, Silence, Units};

/// Bins of the reliability plot and of the expected calibration error.
pub const CALIBRATION_BINS: usize = 15;

/// Calibration of a probability: of the positive class against the label, or of the predicted class
/// against being right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Mean squared distance of probability and event.
    pub brier: Finding,
    /// Expected calibration error: the mean distance of predicted and observed share over
    /// [`CALIBRATION_BINS`] bins, weighted by cases.
    pub error: Finding,
    /// The bins that hold cases, rising.
    pub bins: Vec<Bin>,
}

/// One bin of the reliability plot: probabilities in (low, high], the first with 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Cases in it.
    pub cases: usize,
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share of events.
    pub observed: f64,
    /// Wilson's interval of `observed`; none below five cases.
    pub interval: Option<Interval>,
}

/// Brier score, calibration error and bins of equal width.
///
/// # Panics
/// If the lengths differ.
pub fn calibration(probabilities: &[f64], event: &[bool], units: &Units, settings: &Settings) -> Calibration {
    assert!(probabilities.len() == event.len() && event.len() == units.cases(), "one event and unit a probability");
    let check = || {
        finite(probabilities)?;
        match probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            Some(p) => Err(Silence::Undefined(format!("{p} is no probability"))),
            None => Ok(()),
        }
    };
    let finding = |effect, statistic: &(dyn Fn(&[usize]) -> f64 + Sync)| {
        Finding::new(effect, vec![units.count()], || {
            check()?;
            Ok(bootstrapped(units, settings, statistic))
        })
    };
    let squared = |c: usize| (probabilities[c] - f64::from(u8::from(event[c]))).powi(2);
    Calibration {
        brier: finding(Effect::Brier, &|cases| cases.iter().map(|&c| squared(c)).sum::<f64>() / cases.len() as f64),
        error: finding(Effect::CalibrationError, &|cases| {
            expected_error(&Sums::of(probabilities, event, cases), cases.len())
        }),
        bins: if check().is_ok() { bins(probabilities, event, settings.level) } else { Vec::new() },
    }
}

#[derive(Clone, Copy, Default)]
struct Sums {
    cases: usize,
    events: usize,
    predicted: f64,
}

impl Sums {
    fn of(probabilities: &[f64], event: &[bool], cases: &[usize]) -> [Sums; CALIBRATION_BINS] {
        let mut sums = [Sums::default(); CALIBRATION_BINS];
        for &case in cases {
            let p = probabilities[case];
            let bin = ((p * CALIBRATION_BINS as f64).ceil() as usize).clamp(1, CALIBRATION_BINS) - 1;
            sums[bin].cases += 1;
            sums[bin].events += usize::from(event[case]);
            sums[bin].predicted += p;
        }
        sums
    }
}

fn expected_error(sums: &[Sums], cases: usize) -> f64 {
    sums.iter().map(|s| (s.predicted - s.events as f64).abs()).sum::<f64>() / cases as f64
}

fn bins(probabilities: &[f64], event: &[bool], level: f64) -> Vec<Bin> {
    let all: Vec<usize> = (0..event.len()).collect();
    let width = 1.0 / CALIBRATION_BINS as f64;
    let sums = Sums::of(probabilities, event, &all);
    let filled = sums.iter().enumerate().filter(|(_, s)| s.cases > 0);
    let bin = |(i, s): (usize, &Sums)| Bin {
        low: i as f64 * width,
        high: (i + 1) as f64 * width,
        cases: s.cases,
        predicted: s.predicted / s.cases as f64,
        observed: s.events as f64 / s.cases as f64,
        interval: (s.cases >= CASES_BELOW).then(|| wilson(s.events as f64, s.cases as f64, level)),
    };
    filled.map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_fall_into_the_outer_bins() {
        let probabilities = [0.0, 1.0, 0.0, 1.0, 1.0, 1.0];
        let event = [false, true, false, true, true, false];
        let calibration = calibration(&probabilities, &event, &Units::each(6), &Settings::default());
        assert_eq!(calibration.bins.iter().map(|b| (b.cases, b.observed)).collect::<Vec<_>>(), [(2, 0.0), (4, 0.75)]);
        assert!((calibration.error.estimate().unwrap() - 1.0 / 6.0).abs() < 1e-12);
        assert!((calibration.brier.estimate().unwrap() - 1.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        let calibration = calibration(&[1.5; 30], &[true; 30], &Units::each(30), &Settings::default());
        assert!(
            calibration.bins.is_empty()
                && calibration.brier.silence().unwrap().to_string().contains("1.5 is no probability")
        );
    }
}
