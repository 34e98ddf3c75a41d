use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "gradcam",
    title: "GradCAM",
    summary: "Σₖ mean(Gₖ)·Aₖ: each channel weighted by how the score answers to it on average",
    paper: "Selvaraju et al. 2017, arXiv 1610.02391",
    needs: Needs::Gradients,
};

/// `L = Σ_k mean(G_k) · A_k`, G = ∂score/∂A.
pub(super) struct GradCam;

impl Cam for GradCam {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        super::weighted_channels(evidence, |_, gradient| gradient.iter().sum::<f32>() / gradient.len() as f32)
    }
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::two_channels;

    #[test]
    fn channels_are_weighted_by_their_mean_gradient() {
        assert_eq!(Method::GradCam.map(&two_channels()).values, [2.0 - 5.0, 4.0 - 10.0]);
    }
}
