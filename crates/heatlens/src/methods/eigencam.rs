use super::principal::first_component;
use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "eigencam",
        title: "EigenCAM",
        summary: "the first principal component of the activations: what stands out, whatever the class",
        advice: "What the layer responds to at all. The same map for every class: no evidence for a decision.",
        paper: "Muhammad and Yeasin 2020, arXiv 2008.00299",
        needs: &[Need::Activations],
        scale: Scale::Positive,
    },
    how: How::Cam(map),
};

/// The cells of A projected onto their first principal component, oriented along the mean
/// activation.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    first_component(evidence.activations().values.iter().copied(), &evidence.activations())
}
