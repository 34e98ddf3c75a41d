//! What may be said about a quantity, given how many patients stand behind it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bootstrap::cluster_bootstrap;
use super::{Correction, Interval, Settings, Units};

/// Below this number of units in a group there is an interval but no p-value.
pub const INTERVAL_BELOW: usize = 20;
/// Below this number of units in a group there are only the cases themselves, no figure.
pub const CASES_BELOW: usize = 5;

/// An estimate with its interval and, where enough units stand behind it, a p-value. Where it has
/// both, they come from one procedure: the interval holds what the test does not reject.
///
/// The fields are private and no function outside this module makes one with a p-value, so the
/// sample-size rule cannot be passed by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    effect: Effect,
    units: Vec<usize>,
    estimate: Option<f64>,
    interval: Option<Interval>,
    p: Option<PValue>,
    silence: Option<Silence>,
}

/// What an estimate estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Cliff's δ in [−1, 1]: P(first > second) − P(first < second).
    CliffsDelta,
    /// Mean of the first minus mean of the second, or mean of the paired differences.
    MeanDifference,
    /// A mean.
    Mean,
    /// A proportion.
    Proportion,
    /// Spearman's rank correlation.
    Spearman,
    /// Area under the ROC curve.
    Auc,
    /// Difference of two areas under the ROC curve.
    AucDifference,
    /// Average precision, the area under the precision–recall curve.
    AveragePrecision,
    /// Cramér's V with Bergsma's bias correction.
    CramersV,
    /// Cohen's κ.
    Kappa,
    /// Brier score.
    Brier,
    /// Expected calibration error.
    CalibrationError,
}

/// The test behind a p-value. All are two-sided but the equivalence test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Brunner and Munzel's test that neither group is superior (2000), on the logit scale; with
    /// Obuchowski's variance for several cases a patient.
    BrunnerMunzel,
    /// Fisher's test of a mean by flipping signs (Pitman 1937).
    SignFlips,
    /// Bonett and Wright's test of Spearman's ρ (2000).
    BonettWright,
    /// DeLong's test of two AUCs on the same cases.
    DeLong,
    /// Pearson's χ², counts scaled to the effective number of units.
    ChiSquare,
    /// Fisher's exact test.
    FisherExact,
    /// Monte-Carlo permutation of χ².
    Permutation,
    /// Two one-sided t tests: a small p-value says that the difference is smaller than the margin.
    Equivalence,
}

/// A p-value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PValue {
    /// As the test gives it.
    pub value: f64,
    /// Which test.
    pub test: Test,
    /// After correction for the family it belongs to.
    pub adjusted: Option<Adjusted>,
}

/// A p-value corrected for multiplicity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adjusted {
    /// The corrected p-value.
    pub value: f64,
    /// How.
    pub correction: Correction,
    /// Tests in the family.
    pub family: usize,
}

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Too few units in a group: show the cases.
    TooFew {
        /// Units in the smallest group.
        smallest: usize,
    },
    /// The quantity does not exist on these data, in words.
    Undefined(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Silence::TooFew { smallest } => {
                let of = if *smallest == 1 { "patient or image" } else { "patients or images" };
                write!(f, "cannot be said from {smallest} {of}: at least {CASES_BELOW} are needed for an estimate")
            }
            Silence::Undefined(why) => write!(f, "cannot be said: {why}"),
        }
    }
}

/// What a computation gives, before the rule is applied.
pub(super) struct Measured {
    pub(super) estimate: f64,
    pub(super) interval: Option<Interval>,
    pub(super) p: Option<(f64, Test)>,
}

impl Finding {
    /// Measures, and keeps what `units`, one number a group, allow.
    pub(super) fn new(
        effect: Effect,
        units: Vec<usize>,
        measure: impl FnOnce() -> Result<Measured, Silence>,
    ) -> Finding {
        let smallest = units.iter().copied().min().unwrap_or(0);
        let mut finding = Finding { effect, units, estimate: None, interval: None, p: None, silence: None };
        if smallest < CASES_BELOW {
            finding.silence = Some(Silence::TooFew { smallest });
            return finding;
        }
        match measure() {
            Ok(measured) if measured.estimate.is_finite() => {
                finding.estimate = Some(measured.estimate);
                finding.interval = measured.interval;
                finding.p = measured
                    .p
                    .filter(|(value, _)| smallest >= INTERVAL_BELOW && value.is_finite())
                    .map(|(value, test)| PValue { value, test, adjusted: None });
            }
            Ok(_) => finding.silence = Some(Silence::Undefined("the values do not vary, or are not numbers".into())),
            Err(silence) => finding.silence = Some(silence),
        }
        finding
    }

    /// Any statistic of the cases with its bootstrap interval over units. `statistic` gets
    /// positions of cases, repeats among them, and returns NaN where it is undefined.
    pub fn bootstrapped(
        effect: Effect,
        units: &Units,
        settings: &Settings,
        statistic: impl Fn(&[usize]) -> f64 + Sync,
    ) -> Finding {
        Finding::new(effect, vec![units.count()], || Ok(bootstrapped(units, settings, statistic)))
    }

    /// What is estimated.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Units in each group.
    pub fn units(&self) -> &[usize] {
        &self.units
    }

    /// The estimate; none below five units in a group or where it is undefined.
    pub fn estimate(&self) -> Option<f64> {
        self.estimate
    }

    /// The interval, where there is an estimate and the interval exists.
    pub fn interval(&self) -> Option<Interval> {
        self.interval
    }

    /// The p-value; none below 20 units in a group or where nothing was tested.
    pub fn p(&self) -> Option<PValue> {
        self.p
    }

    /// Why there is no estimate.
    pub fn silence(&self) -> Option<&Silence> {
        self.silence.as_ref()
    }

    /// Whether the p-value, corrected where it belongs to a family, is at most `alpha`; `None`
    /// where there is none.
    pub fn is_significant(&self, alpha: f64) -> Option<bool> {
        self.p.map(|p| p.adjusted.map_or(p.value, |a| a.value) <= alpha)
    }

    pub(super) fn set_adjusted(&mut self, adjusted: Adjusted) {
        if let Some(p) = &mut self.p {
            p.adjusted = Some(adjusted);
        }
    }
}

/// The statistic of all cases and its interval.
pub(super) fn bootstrapped(units: &Units, settings: &Settings, statistic: impl Fn(&[usize]) -> f64 + Sync) -> Measured {
    let all: Vec<usize> = (0..units.cases()).collect();
    Measured { estimate: statistic(&all), interval: cluster_bootstrap(units, settings, &statistic), p: None }
}

/// A complaint if a value is no finite number.
pub(super) fn finite(values: &[f64]) -> Result<(), Silence> {
    match values.iter().filter(|v| !v.is_finite()).count() {
        0 => Ok(()),
        n => Err(Silence::Undefined(format!("{n} of {} values are not numbers", values.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(units: Vec<usize>) -> Finding {
        Finding::new(Effect::Mean, units, || {
            Ok(Measured { estimate: 1.0, interval: None, p: Some((0.01, Test::BrunnerMunzel)) })
        })
    }

    #[test]
    fn the_smallest_group_decides_what_is_said() {
        let cases = of(vec![4, 100]);
        assert_eq!((cases.estimate(), cases.p(), cases.is_significant(0.05)), (None, None, None));
        assert!(cases.silence().unwrap().to_string().contains("from 4 patients"));
        let interval = of(vec![100, 19]);
        assert_eq!((interval.estimate(), interval.p(), interval.silence()), (Some(1.0), None, None));
        assert_eq!(of(vec![20, 20]).is_significant(0.05), Some(true));
        assert_eq!(of(vec![]).estimate(), None);
    }

    #[test]
    fn what_is_no_number_is_not_an_estimate() {
        let undefined =
            Finding::new(Effect::Spearman, vec![30], || Ok(Measured { estimate: f64::NAN, interval: None, p: None }));
        assert_eq!(undefined.estimate(), None);
        assert!(undefined.silence().is_some());
        assert!(finite(&[1.0, f64::INFINITY]).unwrap_err().to_string().contains("1 of 2"));
    }
}
