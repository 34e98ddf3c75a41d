//! What a classifier does at a threshold.

use serde::{Deserialize, Serialize};

use super::roc::roc;
use super::{Finding, Settings, Units, proportion};

/// Where a threshold comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdOrigin {
    /// Given by the user.
    Given,
    /// The class with the highest probability.
    HighestProbability,
    /// Youden's index on other data than those it is applied to.
    YoudenOnValidation,
    /// Youden's index on the same data: figures at it are too good.
    YoudenOnTest,
}

/// The confusion matrix at a threshold and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// Scores at this value and above are called positive.
    pub threshold: f64,
    /// Where it comes from.
    pub origin: ThresholdOrigin,
    /// Positives called positive.
    pub true_positives: usize,
    /// Negatives called positive.
    pub false_positives: usize,
    /// Negatives called negative.
    pub true_negatives: usize,
    /// Positives called negative.
    pub false_negatives: usize,
    /// Share of the positives called positive.
    pub sensitivity: Finding,
    /// Share of the negatives called negative.
    pub specificity: Finding,
    /// Share of the positive calls that are right; at this set's prevalence.
    pub positive_predictive_value: Finding,
    /// Share of the negative calls that are right; at this set's prevalence.
    pub negative_predictive_value: Finding,
    /// Share of all calls that are right.
    pub accuracy: Finding,
}

impl OperatingPoint {
    /// Applies a threshold. Scores that are no numbers count as negative calls.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn at(
        threshold: f64,
        origin: ThresholdOrigin,
        scores: &[f64],
        positive: &[bool],
        units: &Units,
        settings: &Settings,
    ) -> Self {
        assert!(scores.len() == positive.len() && scores.len() == units.cases(), "one label and unit a score");
        let called: Vec<bool> = scores.iter().map(|&s| s >= threshold).collect();
        let count =
            |label: bool, call: bool| positive.iter().zip(&called).filter(|&(&p, &c)| p == label && c == call).count();
        // The share of right calls among the cases chosen.
        let right = |chosen: &dyn Fn(usize) -> bool| {
            let cases: Vec<usize> = (0..scores.len()).filter(|&c| chosen(c)).collect();
            let right: Vec<bool> = cases.iter().map(|&c| called[c] == positive[c]).collect();
            proportion(&right, &units.select(&cases), settings)
        };
        OperatingPoint {
            threshold,
            origin,
            true_positives: count(true, true),
            false_positives: count(false, true),
            true_negatives: count(false, false),
            false_negatives: count(true, false),
            sensitivity: right(&|c| positive[c]),
            specificity: right(&|c| !positive[c]),
            positive_predictive_value: right(&|c| called[c]),
            negative_predictive_value: right(&|c| !called[c]),
            accuracy: right(&|_| true),
        }
    }
}

/// The threshold with the largest sensitivity + specificity (Youden 1950), the highest of several;
/// none without both classes.
///
/// # Panics
/// If the lengths differ.
pub fn youden(scores: &[f64], positive: &[bool]) -> Option<f64> {
    let mut best: Option<(f64, f64)> = None;
    for point in roc(scores, positive)?.iter().skip(1) {
        let index = point.true_positive_rate - point.false_positive_rate;
        // Rounding must not decide between equals.
        if best.is_none_or(|(largest, _)| index > largest + 1e-12) {
            best = Some((index, point.threshold));
        }
    }
    best.map(|(_, threshold)| threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn youden_takes_the_highest_of_the_best_and_needs_both_classes() {
        let scores = [0.9, 0.8, 0.7, 0.6, 0.2, 0.1];
        assert_eq!(youden(&scores, &[true, true, false, false, false, false]), Some(0.8));
        assert_eq!(youden(&scores, &[true; 6]), None);
        assert_eq!(youden(&[0.5, 0.4, 0.3, 0.2], &[true, false, true, false]), Some(0.5));
    }

    #[test]
    fn the_table_and_its_shares_agree() {
        let scores: Vec<f64> = (0..50).map(f64::from).collect();
        let positive: Vec<bool> = (0..50).map(|i| i >= 20 && i % 5 != 0).collect();
        let point = OperatingPoint::at(
            25.0,
            ThresholdOrigin::Given,
            &scores,
            &positive,
            &Units::each(50),
            &Settings::default(),
        );
        assert_eq!(
            (point.true_positives, point.false_negatives, point.false_positives, point.true_negatives),
            (20, 4, 5, 21)
        );
        assert_eq!(point.sensitivity.estimate(), Some(20.0 / 24.0));
        assert_eq!(point.specificity.units(), [26]);
        assert_eq!(point.positive_predictive_value.estimate(), Some(0.8));
        assert_eq!(point.accuracy.estimate(), Some(41.0 / 50.0));
    }
}
