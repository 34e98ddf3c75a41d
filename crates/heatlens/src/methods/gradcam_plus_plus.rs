use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "gradcam++",
        title: "GradCAM++",
        summary: "channels weighted by their positive gradients, each cell by how alone it is; better with several \
            instances",
        advice: "Several findings of one kind in a picture. It leaves out what speaks against the class.",
        paper: "Chattopadhyay et al. 2018, arXiv 1710.11063",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Weights(weights),
};

/// `α = G² / (2G² + (Σ_ij A_k)·G³ + 1e-6)`, 0 where G = 0; `w_k = Σ_ij α·max(G, 0)`;
/// `L = Σ_k w_k A_k`.
fn weights(evidence: &Evidence<'_>) -> Vec<f32> {
    super::channel_weights(evidence, |activation, gradient| {
        let sum: f32 = activation.iter().sum();
        gradient.iter().filter(|&&g| g > 0.0).map(|&g| g * g * g / (2.0 * g * g + sum * g * g * g + 1e-6)).sum()
    })
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::of_two_channels;

    #[test]
    fn negative_gradients_have_no_weight() {
        let map = of_two_channels(Method::GradCamPlusPlus);
        let weight: f32 = [1.0f32, 3.0].iter().map(|g| g.powi(3) / (2.0 * g.powi(2) + 3.0 * g.powi(3) + 1e-6)).sum();
        for (got, expected) in map.iter().zip([weight, 2.0 * weight]) {
            assert!((got - expected).abs() < 1e-6);
        }
    }
}
