use super::principal::first_component;
use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "segeigencam",
    title: "SegEigenCAM",
    summary: "the first principal component of |G| ⊙ A, its larger side upwards",
    paper: "pytorch-grad-cam 1.5",
    needs: Needs::Gradients,
};

/// The cells of |G| ⊙ A projected onto their first principal component; negated where |min| > |max|.
pub(super) struct SegEigenCam;

impl Cam for SegEigenCam {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        let map = first_component(evidence, |activation, gradient| activation * gradient.abs());
        let (min, max) = map.iter().fold((0.0f32, 0.0f32), |(lo, hi), &v| (lo.min(v), hi.max(v)));
        if -min > max { map.into_iter().map(|v| -v).collect() } else { map }
    }
}
