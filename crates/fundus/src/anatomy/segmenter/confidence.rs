//! How sure a segmenter may be of what it marked.

/// Intercept and slope of the logistic regression that [`of_mean`] is.
const FIT: [f64; 2] = [-6.01, 2.43];

/// The probability that the shipped segmenter's disc has a Dice coefficient of at least 0.8, from the mean
/// probability of the disc within it: a logistic regression on the logit of that mean, over photographs of the training
/// split as other cameras might take them (`models/make_abroad.py`, `models/fit_confidence.py`). Looks in the mirror, in other lights and from
/// farther away were tried beside it: they tell failures no better.
pub(super) fn of_mean(mean: f64) -> f64 {
    let mean = mean.clamp(1e-6, 1.0 - 1e-6);
    let [intercept, slope] = FIT;
    1.0 / (1.0 + (-intercept - slope * (mean / (1.0 - mean)).ln()).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_grows_with_the_mean_and_stays_within_its_bounds() {
        let found: Vec<f64> = [0.0, 0.5, 0.85, 0.93, 0.97, 0.99, 1.0].map(of_mean).to_vec();
        assert!(found.is_sorted() && found[0] >= 0.0 && found[6] <= 1.0, "{found:?}");
        assert!(found[2] < 0.5 && found[4] > 0.8, "{found:?}");
    }
}
