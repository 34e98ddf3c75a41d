use super::{Card, How, Need, Recipe};
use crate::Scale;
use crate::explainer::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "scorecam",
        title: "ScoreCAM",
        summary: "channels weighted by the softmax of the score that the image keeps when it is masked with each channel",
        advice: "Where gradients cannot be trusted and time does not matter: it runs the network once a channel. Its weights may be all but equal where scores are small.",
        paper: "Wang et al. 2020, arXiv 1910.01279",
        needs: &[Need::Activations, Need::Runs],
        scale: Scale::Positive,
    },
    how: How::TrialWeights(weights),
};

/// `w = softmax_k(S(f(x ⊙ M_k)))`, M_k the channel stretched to the input (bilinear, corners aligned) and to 0…1.
fn weights(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let activations = trial.evidence.activations();
    let image = trial.evidence.image();
    let channels: Vec<&[f32]> = activations.iter().collect();
    let scores = lab.scores(trial, channels.len(), |k, masked| {
        let mask = super::masks::stretched(channels[k], [activations.height, activations.width], [image.height, image.width]);
        super::masks::multiply(&image, &mask, masked);
    });
    super::masks::softmax(&scores)
}
