use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "segeigencam",
        title: "SegEigenCAM",
        summary: "the first principal component of |G| ⊙ A, its larger side upwards",
        advice: "EigenGradCAM with a sign of its own, made for segmentation networks.",
        paper: "Chung and Ying 2025, Appl. Sci. 15 (13) 7562",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Cam(map),
};

/// The cells of |G| ⊙ A projected onto their first principal component; negated where |min| >
/// |max|.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    let map = super::eigen_cells(evidence, |activation, gradient| activation * gradient.abs());
    let (min, max) = map.iter().fold((0.0f32, 0.0f32), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    if -min > max { map.into_iter().map(|v| -v).collect() } else { map }
}
