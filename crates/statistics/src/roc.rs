//! The ROC curve, the area under it, and two such areas on the same cases.

use serde::{Deserialize, Deserializer, Serialize};

use super::finding::{Measured, finite};
use super::groups::units_in;
use super::special::{normal_bound, normal_two_sided};
use super::superiority::Superiority;
use super::{Effect, Finding, Interval, IntervalMethod, Settings, Test, Units};

/// A point of the ROC curve: what is called positive at this threshold and above.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// The threshold; infinite for the first point, where nothing is called positive. JSON has no
    /// infinity and says null.
    #[serde(deserialize_with = "infinite_if_null")]
    pub threshold: f64,
    /// Share of the negatives called positive.
    pub false_positive_rate: f64,
    /// Share of the positives called positive.
    pub true_positive_rate: f64,
}

fn infinite_if_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}

/// One point a distinct score, thresholds falling from infinity; none if a class is absent or a
/// score is no number.
///
/// # Panics
/// If the lengths differ.
pub fn roc(scores: &[f64], positive: &[bool]) -> Option<Vec<RocPoint>> {
    let counts = cumulative(scores, positive)?;
    let last = counts.last().copied()?;
    if last.positives == 0 || last.negatives == 0 {
        return None;
    }
    let point = |c: &Cumulative| RocPoint {
        threshold: c.threshold,
        false_positive_rate: c.negatives as f64 / last.negatives as f64,
        true_positive_rate: c.positives as f64 / last.positives as f64,
    };
    Some(counts.iter().map(point).collect())
}

/// Cases at a threshold and above.
#[derive(Clone, Copy)]
pub(super) struct Cumulative {
    pub(super) threshold: f64,
    pub(super) positives: usize,
    pub(super) negatives: usize,
}

/// Counts at every distinct score, falling, after one for "none"; `None` if a score is no number.
pub(super) fn cumulative(scores: &[f64], positive: &[bool]) -> Option<Vec<Cumulative>> {
    assert_eq!(scores.len(), positive.len(), "one label a score");
    finite(scores).ok()?;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let mut counts = vec![Cumulative { threshold: f64::INFINITY, positives: 0, negatives: 0 }];
    for case in order {
        let before = counts[counts.len() - 1];
        if before.threshold != scores[case] {
            counts.push(Cumulative { threshold: scores[case], ..before });
        }
        let now = counts.len() - 1;
        counts[now].positives += usize::from(positive[case]);
        counts[now].negatives += usize::from(!positive[case]);
    }
    Some(counts)
}

/// The area under the ROC curve, ties counting half, with DeLong's interval.
///
/// # Panics
/// If the lengths differ.
pub fn auc(scores: &[f64], positive: &[bool], units: &Units, settings: &Settings) -> Finding {
    let counts = [true, false].map(|group| units_in(positive, group, units));
    Finding::new(Effect::Auc, counts.to_vec(), || {
        finite(scores)?;
        let superiority = Superiority::of(scores, positive);
        Ok(Measured {
            estimate: superiority.theta,
            interval: Some(superiority.interval(positive, units, settings.level)),
            p: None,
        })
    })
}

/// The first score's AUC less the second's on the same cases, with DeLong's test.
///
/// # Panics
/// If the lengths differ.
pub fn compare_auc(first: &[f64], second: &[f64], positive: &[bool], units: &Units, settings: &Settings) -> Finding {
    let counts = [true, false].map(|group| units_in(positive, group, units));
    Finding::new(Effect::AucDifference, counts.to_vec(), || {
        finite(first)?;
        finite(second)?;
        let difference = Superiority::of(first, positive).minus(&Superiority::of(second, positive));
        let (variance, _) = difference.variance(positive, units);
        let (error, theta) = (variance.sqrt(), difference.theta);
        let half = normal_bound(settings.level) * error;
        let interval = Interval {
            low: theta - half,
            high: theta + half,
            level: settings.level,
            method: IntervalMethod::DeLongDifference,
        };
        let p = if theta == 0.0 { 1.0 } else { normal_two_sided(theta / error) };
        Ok(Measured { estimate: theta, interval: Some(interval), p: Some((p, Test::DeLong)) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_has_no_curve() {
        assert_eq!(roc(&[0.1, 0.9], &[true, true]), None);
        assert_eq!(roc(&[0.1, f64::NAN], &[true, false]), None);
        assert_eq!(roc(&[], &[]), None);
        assert!(auc(&[0.5; 30], &[true; 30], &Units::each(30), &Settings::default()).silence().is_some());
    }

    #[test]
    fn a_score_does_not_differ_from_itself() {
        let scores: Vec<f64> = (0..60).map(|i| f64::from((i * 31) % 17)).collect();
        let positive: Vec<bool> = (0..60).map(|i| i % 3 == 0).collect();
        let same = compare_auc(&scores, &scores, &positive, &Units::each(60), &Settings::default());
        assert_eq!((same.estimate(), same.p().unwrap().value), (Some(0.0), 1.0));
        // Any monotone change of the scores leaves the area as it is.
        let squared: Vec<f64> = scores.iter().map(|s| s * s).collect();
        let area = |s: &[f64]| auc(s, &positive, &Units::each(60), &Settings::default());
        assert_eq!(area(&scores), area(&squared));
    }
}
