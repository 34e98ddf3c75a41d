//! Drop and increase in confidence: the probability of the class on image ⊙ map against that on the
//! image.
//!
//! As pytorch-grad-cam's `DropInConfidence` and `IncreaseInConfidence` with a softmax target.

use crate::metrics::trial::Trial;
use crate::metrics::{Better, Card, Cost, Group, How, MetricError, Recipe, order};

pub(crate) const DROP: Recipe = Recipe {
    card: Card {
        name: "confidence-drop",
        title: "Drop in confidence",
        group: Group::Faithfulness,
        better: Better::Lower,
        cost: Cost::Runs(1),
        summary: "by how much the class's probability falls where the image is multiplied by the map",
        source: "pytorch_grad_cam.metrics.cam_mult_image.DropInConfidence",
        differs: "",
    },
    how: How::Runs(|trial| Ok((trial.case.probability() - through_the_map(trial)?).max(0.0))),
};

pub(crate) const INCREASE: Recipe = Recipe {
    card: Card {
        name: "confidence-increase",
        title: "Increase in confidence",
        better: Better::Higher,
        summary: "whether it rises; over several images, how often",
        source: "pytorch_grad_cam.metrics.cam_mult_image.IncreaseInConfidence",
        ..DROP.card
    },
    how: How::Runs(|trial| Ok(f64::from(u8::from(through_the_map(trial)? > trial.case.probability())))),
};

/// The probability of the class on the image times the map; what speaks against the class counts as
/// 0.
pub(super) fn through_the_map(trial: &mut Trial<'_, '_>) -> Result<f64, MetricError> {
    if let Some(probability) = trial.seen_through {
        return Ok(probability);
    }
    order::check(&trial.map.values)?;
    let (image, map) = (trial.case.image, &trial.map.values);
    let fill = |_, slot: &mut [f32]| {
        let channels = slot.chunks_exact_mut(map.len()).zip(image.chunks_exact(map.len()));
        channels.for_each(|(slot, image)| {
            slot.iter_mut().zip(image.iter().zip(map)).for_each(|(s, (i, m))| *s = i * m.max(0.0))
        });
    };
    let probability = trial.probabilities(1, fill)?[0];
    trial.seen_through = Some(probability);
    Ok(probability)
}
