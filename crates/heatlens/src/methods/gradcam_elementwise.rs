use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "gradcam-elementwise",
    title: "GradCAM element-wise",
    summary: "Σₖ max(Gₖ ⊙ Aₖ, 0): the cells that add to the score, channel by channel",
    paper: "pytorch-grad-cam 1.5",
    needs: Needs::Gradients,
};

/// `L = Σₖ max(Gₖ ⊙ Aₖ, 0)`.
pub(super) struct GradCamElementwise;

impl Cam for GradCamElementwise {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        super::sum_over_channels(evidence, |activation, gradient| (activation * gradient).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::two_channels;

    #[test]
    fn only_channels_that_add_count() {
        assert_eq!(Method::GradCamElementwise.map(&two_channels()).values, [1.0, 6.0]);
    }
}
