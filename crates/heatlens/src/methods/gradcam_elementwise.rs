use super::{Card, How, Need, Recipe};
use crate::Scale;

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "gradcam-elementwise",
        title: "GradCAM element-wise",
        summary: "Σₖ max(Gₖ ⊙ Aₖ, 0): the cells that add to the score, channel by channel",
        advice: "Where channels that speak against the class should not cancel those that speak for it.",
        paper: "pytorch-grad-cam 1.5",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Cells(cell),
};

/// `L = Σₖ max(Gₖ ⊙ Aₖ, 0)`.
fn cell(activation: f32, gradient: f32) -> f32 {
    (activation * gradient).max(0.0)
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::of_two_channels;

    #[test]
    fn only_channels_that_add_count() {
        assert_eq!(of_two_channels(Method::GradCamElementwise), [1.0, 6.0]);
    }
}
