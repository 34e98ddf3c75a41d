use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "guided-gradcam",
        title: "Guided Grad-CAM",
        summary: "guided backpropagation seen through GradCAM: its fine lines where the class is",
        advice: "Not as evidence: the lines are those of guided backpropagation, which fails sanity checks (Adebayo \
            et al. 2018, arXiv 1810.03292). Only the place comes from the network's decision.",
        paper: "Selvaraju et al. 2017, arXiv 1610.02391",
        needs: &[Need::Activations, Need::Gradients, Need::GuidedGradient],
        scale: Scale::Positive,
    },
    how: How::LayerPixels(map),
};

/// `Σ_channels |g| ⊙ upsample(max(L, 0))`, g the guided gradient, L the GradCAM map.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    let (activations, gradient) = (evidence.activations(), evidence.guided_gradient());
    let low: Vec<f32> =
        super::weighted_sum(&super::mean_gradients(evidence), &activations).iter().map(|v| v.max(0.0)).collect();
    let place =
        heatlens_imaging::upsample(&low, [activations.height, activations.width], [gradient.height, gradient.width]);
    let mut map = super::magnitude(gradient.values, gradient.cells());
    map.iter_mut().zip(place).for_each(|(m, p)| *m *= p);
    map
}
