use super::principal::first_component;
use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "eigengradcam",
    title: "EigenGradCAM",
    summary: "the first principal component of G ⊙ A: EigenCAM that asks for a class",
    paper: "pytorch-grad-cam 1.5",
    needs: Needs::Gradients,
};

/// The cells of G ⊙ A projected onto their first principal component, oriented along the mean activation.
pub(super) struct EigenGradCam;

impl Cam for EigenGradCam {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        first_component(evidence, |activation, gradient| activation * gradient)
    }
}
