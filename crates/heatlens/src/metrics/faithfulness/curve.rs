//! The probability of a class while an image is taken apart, most salient pixels first.

use crate::metrics::order::salient_first;
use crate::metrics::trial::{Reference, Trial};
use crate::metrics::{MetricError, order};

/// Steps from the first image to the last.
pub(super) const STEPS: usize = 32;

/// The area under the curve of probabilities as pixels pass from one image to the other, most
/// salient first: trapezoids over 32 equal steps. Pixels of the same value pass in a random order
/// that depends on the seed alone.
pub(super) fn area(trial: &mut Trial<'_, '_>, reference: Reference, inserting: bool) -> Result<f64, MetricError> {
    order::check(&trial.map.values)?;
    let case = trial.case;
    let order = salient_first(&trial.map.values, case.seed);
    let (from, to) = match inserting {
        true => (case.reference(reference), case.image),
        false => (case.image, case.reference(reference)),
    };
    let pixels = case.pixels();
    let probabilities = trial.probabilities(STEPS + 1, |step, image| {
        image.copy_from_slice(from);
        let passed = &order[..pixels * step / STEPS];
        for (image, to) in image.chunks_exact_mut(pixels).zip(to.chunks_exact(pixels)) {
            passed.iter().for_each(|&i| image[i as usize] = to[i as usize]);
        }
    })?;
    let ends = (probabilities[0] + probabilities[STEPS]) / 2.0;
    Ok((probabilities.iter().sum::<f64>() - ends) / STEPS as f64)
}
