use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "eigengradcam",
        title: "EigenGradCAM",
        summary: "the first principal component of G ⊙ A: EigenCAM that asks for a class",
        advice: "A cleaner GradCAM-like map of one dominant pattern; lesser patterns vanish.",
        paper: "pytorch-grad-cam 1.5",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Cam(map),
};

/// The cells of G ⊙ A projected onto their first principal component, oriented along the mean
/// activation.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    super::eigen_cells(evidence, |activation, gradient| activation * gradient)
}
