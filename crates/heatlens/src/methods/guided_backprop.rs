use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "guided-backprop",
        title: "Guided backpropagation",
        summary: "the gradient at the image with only positive gradients passing each ReLU, its size at each pixel",
        advice: "Not as evidence: it fails sanity checks, showing edges of the image whatever the network has learnt \
            and whatever the class (Adebayo et al. 2018, arXiv 1810.03292). Without ReLUs it is the plain gradient.",
        paper: "Springenberg et al. 2015, arXiv 1412.6806",
        needs: &[Need::GuidedGradient],
        scale: Scale::Positive,
    },
    how: How::Pixels(map),
};

/// `Σ_channels |g|`, g the guided gradient.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    super::magnitude(evidence.guided_gradient().values, evidence.guided_gradient().cells())
}
