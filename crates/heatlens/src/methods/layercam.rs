use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "layercam",
    title: "LayerCAM",
    summary: "Σₖ max(Gₖ, 0) ⊙ Aₖ: each cell weighted by its own positive gradient; fine maps at early layers",
    paper: "Jiang et al. 2021, IEEE TIP 30",
    needs: Needs::Gradients,
};

/// `L = Σₖ max(Gₖ, 0) ⊙ Aₖ`.
pub(super) struct LayerCam;

impl Cam for LayerCam {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        super::sum_over_channels(evidence, |activation, gradient| gradient.max(0.0) * activation)
    }
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::two_channels;

    #[test]
    fn negative_gradients_are_left_out() {
        assert_eq!(Method::LayerCam.map(&two_channels()).values, [1.0, 6.0]);
    }
}
