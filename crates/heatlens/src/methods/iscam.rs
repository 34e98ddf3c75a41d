use super::{Card, How, Need, Recipe, masks};
use crate::Scale;
use crate::passes::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "iscam",
        title: "IS-CAM",
        summary: "ScoreCAM averaged over ten strengths of each mask, the last well above the image's own brightness",
        advice: "Ten times the cost of ScoreCAM, for weights that do not hang on one strength of the masks.",
        paper: "Naidu et al. 2020, arXiv 2010.03023",
        needs: &[Need::Activations, Need::Runs],
        scale: Scale::Positive,
    },
    how: How::TrialWeights(weights),
};

/// Strengths of a mask.
const STEPS: usize = 10;

/// `w = softmax_k(mean_i S(f(c_i x ⊙ M_k)))`, c_i = Σ_{j≤i} j/N as the paper and torch-cam have it,
/// M_k the channel stretched to 0…1, then to the input (bilinear, half-pixel centres).
fn weights(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let (activations, image) = (trial.evidence.activations(), trial.evidence.image());
    let channels: Vec<&[f32]> = activations.iter().collect();
    let mut mask = Vec::new();
    let scores = lab.scores(trial, channels.len() * STEPS, |run, masked| {
        let (channel, step) = (run / STEPS, run % STEPS + 1);
        if step == 1 {
            mask = masks::enlarged(channels[channel], &activations, &image);
        }
        masks::multiply(&image, &mask, masked);
        let strength = (step * (step + 1)) as f32 / (2 * STEPS) as f32;
        masked.iter_mut().for_each(|v| *v *= strength);
    });
    masks::softmax(
        &scores.chunks_exact(STEPS).map(|scores| scores.iter().sum::<f32>() / STEPS as f32).collect::<Vec<_>>(),
    )
}
