//! Average precision.

use super::finding::{bootstrapped, finite};
use super::groups::units_in;
use super::roc::cumulative;
use super::{Effect, Finding, Settings, Units};

/// Average precision, Σ (Rₙ − Rₙ₋₁)·Pₙ over falling thresholds (not interpolated), with its
/// bootstrap interval.
///
/// # Panics
/// If the lengths differ.
pub fn average_precision(scores: &[f64], positive: &[bool], units: &Units, settings: &Settings) -> Finding {
    let counts = [true, false].map(|group| units_in(positive, group, units));
    Finding::new(Effect::AveragePrecision, counts.to_vec(), || {
        finite(scores)?;
        Ok(bootstrapped(units, settings, |cases| {
            let labels: Vec<bool> = cases.iter().map(|&c| positive[c]).collect();
            of(&cases.iter().map(|&c| scores[c]).collect::<Vec<_>>(), &labels)
        }))
    })
}

/// NaN without positives.
fn of(scores: &[f64], positive: &[bool]) -> f64 {
    let Some(counts) = cumulative(scores, positive) else { return f64::NAN };
    let all = counts.last().map_or(0, |c| c.positives) as f64;
    let gained = counts.windows(2).map(|w| {
        let called = (w[1].positives + w[1].negatives) as f64;
        (w[1].positives - w[0].positives) as f64 * w[1].positives as f64 / called
    });
    gained.sum::<f64>() / all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_order_is_one_and_no_order_is_the_share_of_positives() {
        let positive: Vec<bool> = (0..40).map(|i| i >= 30).collect();
        let rising: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(of(&rising, &positive), 1.0);
        assert_eq!(of(&[1.0; 40], &positive), 0.25);
        assert!(of(&rising, &[false; 40]).is_nan());
    }
}
