use super::{Card, How, Need, Recipe, masks};
use crate::Scale;
use crate::passes::{Lab, Trial};
use crate::random::Random;

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "sscam",
        title: "SS-CAM",
        summary: "ScoreCAM averaged over noisy masks: each channel's mask is shaken ten times before the image is \
            seen through it",
        advice: "Ten times the cost of ScoreCAM. With the published noise, twice the range of the masks, what is left \
            of them is a small share of the weights.",
        paper: "Wang et al. 2020, arXiv 2006.14255",
        needs: &[Need::Activations, Need::Runs],
        scale: Scale::Positive,
    },
    how: How::TrialWeights(weights),
};

/// Noisy masks a channel; torch-cam draws 35.
const COPIES: usize = 10;

/// Standard deviation of their noise.
const DEVIATION: f32 = 2.0;

/// `w = softmax_k(mean_i S(f(x ⊙ (M_k + δ_i))))`, δ normal noise at each pixel, M_k the channel
/// stretched to 0…1, then to the input (bilinear, half-pixel centres).
fn weights(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let (activations, image) = (trial.evidence.activations(), trial.evidence.image());
    let channels: Vec<&[f32]> = activations.iter().collect();
    let mut mask = Vec::new();
    let scores = lab.scores(trial, channels.len() * COPIES, |run, masked| {
        if run % COPIES == 0 {
            mask = masks::enlarged(channels[run / COPIES], &activations, &image);
        }
        let mut random = Random::new(trial.seed, run as u64);
        let noisy: Vec<f32> = mask.iter().map(|m| m + DEVIATION * random.normal() as f32).collect();
        masks::multiply(&image, &noisy, masked);
    });
    masks::softmax(
        &scores.chunks_exact(COPIES).map(|scores| scores.iter().sum::<f32>() / COPIES as f32).collect::<Vec<_>>(),
    )
}
