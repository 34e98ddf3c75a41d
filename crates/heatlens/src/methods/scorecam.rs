use super::{Card, How, Need, Recipe, masks};
use crate::Scale;
use crate::passes::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "scorecam",
        title: "ScoreCAM",
        summary: "channels weighted by the softmax of the score that the image keeps when it is masked with each \
            channel",
        advice: "Where gradients cannot be trusted and time does not matter: it runs the network once a channel. Its \
            weights may be all but equal where scores are small.",
        paper: "Wang et al. 2020, arXiv 1910.01279",
        needs: &[Need::Activations, Need::Runs],
        scale: Scale::Positive,
    },
    how: How::TrialWeights(weights),
};

/// `w = softmax_k(S(f(x ⊙ M_k)))`, M_k the channel stretched to the input (bilinear, corners
/// aligned) and to 0…1.
fn weights(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let (activations, image) = (trial.evidence.activations(), trial.evidence.image());
    let channels: Vec<&[f32]> = activations.iter().collect();
    // A constant channel masks everything, as every other one does: one run serves them all.
    let constant = |channel: &[f32]| channel.iter().all(|&v| v == channel[0]);
    let mut run_of_channel = Vec::with_capacity(channels.len());
    let mut shown: Vec<usize> = Vec::new();
    let mut dark = None;
    for (k, channel) in channels.iter().enumerate() {
        let run = if constant(channel) { *dark.get_or_insert(shown.len()) } else { shown.len() };
        if run == shown.len() {
            shown.push(k);
        }
        run_of_channel.push(run);
    }
    let scores = lab.scores(trial, shown.len(), |run, masked| {
        let mask = masks::stretched(
            channels[shown[run]],
            [activations.height, activations.width],
            [image.height, image.width],
        );
        masks::multiply(&image, &mask, masked);
    });
    masks::softmax(&run_of_channel.into_iter().map(|run| scores[run]).collect::<Vec<_>>())
}
