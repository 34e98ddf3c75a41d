use super::{Card, How, Need, Recipe};
use crate::Scale;

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "layercam",
        title: "LayerCAM",
        summary: "Σₖ max(Gₖ, 0) ⊙ Aₖ: each cell weighted by its own positive gradient; fine maps at early layers",
        advice: "Fine maps at early layers, combined with those of late ones.",
        paper: "Jiang et al. 2021, IEEE TIP 30",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Cells(cell),
};

/// `L = Σₖ max(Gₖ, 0) ⊙ Aₖ`.
fn cell(activation: f32, gradient: f32) -> f32 {
    gradient.max(0.0) * activation
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::of_two_channels;

    #[test]
    fn negative_gradients_are_left_out() {
        assert_eq!(of_two_channels(Method::LayerCam), [1.0, 6.0]);
    }
}
