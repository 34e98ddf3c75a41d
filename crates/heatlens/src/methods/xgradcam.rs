use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "xgradcam",
        title: "XGradCAM",
        summary: "channels weighted by their gradient where they are active: Σᵢⱼ Gₖ Aₖ / Σᵢⱼ Aₖ",
        advice: "As GradCAM, with weights that keep the sum of the score. Before a last ReLU the divisor may vanish: \
            a map of huge values says so.",
        paper: "Fu et al. 2020, arXiv 2008.02312",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::Weights(weights),
};

/// `w_k = Σ_ij G_k A_k / (Σ_ij A_k + 1e-7)`, `L = Σ_k w_k A_k`.
fn weights(evidence: &Evidence<'_>) -> Vec<f32> {
    super::channel_weights(evidence, |activation, gradient| {
        // In f64: before a ReLU the activations of a channel may all but cancel.
        let product: f64 = activation.iter().zip(gradient).map(|(&a, &g)| f64::from(a) * f64::from(g)).sum();
        let sum: f64 = activation.iter().map(|&a| f64::from(a)).sum();
        (product / (sum + 1e-7)) as f32
    })
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::of_two_channels;

    #[test]
    fn gradients_count_where_the_channel_is_active() {
        let map = of_two_channels(Method::XGradCam);
        let (w0, w1) = (7.0 / 3.0, -10.0 / 30.0);
        for (got, expected) in map.iter().zip([w0 + 10.0 * w1, 2.0 * w0 + 20.0 * w1]) {
            assert!((got - expected).abs() < 1e-5);
        }
    }
}
