use super::{Card, How, Need, Recipe};
use crate::Scale;
use crate::passes::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "ablationcam",
        title: "AblationCAM",
        summary: "channels weighted by how much of the score is lost when they are removed; asks no gradient",
        advice: "Where gradients saturate. Behind a linear head it is computed in closed form and costs no more than \
            GradCAM; a logit near zero inflates or turns it.",
        paper: "Desai and Ramaswamy 2020, WACV",
        needs: &[Need::Activations, Need::Gradients, Need::TailRuns],
        scale: Scale::Positive,
    },
    how: How::TrialWeights(weights),
};

/// How far below the smallest activation a removed channel is set where zero is not the smallest,
/// as pytorch-grad-cam has it.
const FAR_BELOW: f32 = 1e7;

/// `w_k = (y − y_k) / y`, y_k the score with channel k set to 0, or to `min A − 1e7` where the
/// smallest activation is not 0.
///
/// An affine tail answers without being run: `y − y_k = Σ_ij G_k (A_k − removed)`.
fn weights(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let activations = trial.evidence.activations();
    let smallest = activations.values.iter().copied().fold(f32::INFINITY, f32::min);
    let removed = if smallest == 0.0 { 0.0 } else { smallest - FAR_BELOW };
    if trial.evidence.affine_tail {
        let lost = |(a, g): (&[f32], &[f32])| {
            a.iter().zip(g).map(|(a, g)| f64::from(*g) * f64::from(a - removed)).sum::<f64>()
        };
        let pairs = activations.iter().zip(trial.evidence.gradients().iter());
        return pairs.map(|pair| (lost(pair) / f64::from(trial.value)) as f32).collect();
    }
    let cells = activations.cells();
    let scores = lab.tail_scores(trial, activations.channels, |channel, changed| {
        changed.copy_from_slice(activations.values);
        changed[channel * cells..][..cells].fill(removed);
    });
    scores.iter().map(|score| (trial.value - score) / trial.value).collect()
}
