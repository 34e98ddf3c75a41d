use super::{Card, How, Need, Recipe};
use crate::Scale;

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "hirescam",
        title: "HiResCAM",
        summary: "Σₖ Gₖ ⊙ Aₖ: what each cell itself adds to the score, to first order",
        advice: "Where the map must not claim more than the model uses: behind a linear head its cells add up to the \
            logit, the bias left aside.",
        paper: "Draelos and Carin 2020, arXiv 2011.08891",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Cells(cell),
};

/// `L = Σₖ Gₖ ⊙ Aₖ`.
fn cell(activation: f32, gradient: f32) -> f32 {
    activation * gradient
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::of_two_channels;

    #[test]
    fn each_cell_is_weighted_by_its_own_gradient() {
        assert_eq!(of_two_channels(Method::HiResCam), [1.0 - 10.0, 6.0]);
    }
}
