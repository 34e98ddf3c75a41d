use super::principal::first_component;
use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "eigencam",
    title: "EigenCAM",
    summary: "the first principal component of the activations: what stands out, whatever the class",
    paper: "Muhammad and Yeasin 2020, arXiv 2008.00299",
    needs: Needs::Activations,
};

/// The cells of A projected onto their first principal component, oriented along the mean activation.
pub(super) struct EigenCam;

impl Cam for EigenCam {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        first_component(evidence, |activation, _| activation)
    }
}
