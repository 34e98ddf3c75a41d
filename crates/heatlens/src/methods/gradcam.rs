use super::{Card, How, Need, Recipe};
use crate::Scale;

/// `L = Σ_k mean(G_k) · A_k`, G = ∂score/∂A.
pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "gradcam",
        title: "GradCAM",
        summary: "Σₖ mean(Gₖ)·Aₖ: each channel weighted by how the score answers to it on average",
        advice: "The first to look at: cheap, passes randomisation checks, and means the same in every paper. At \
            early layers its channel means blur; take LayerCAM or HiResCAM there.",
        paper: "Selvaraju et al. 2017, arXiv 1610.02391",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Weights(super::mean_gradients),
};

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::of_two_channels;

    #[test]
    fn channels_are_weighted_by_their_mean_gradient() {
        assert_eq!(of_two_channels(Method::GradCam), [2.0 - 5.0, 4.0 - 10.0]);
    }
}
