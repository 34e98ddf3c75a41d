use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "shapleycam",
        title: "ShapleyCAM",
        summary: "channels weighted by mean(G − ½ H·A): GradCAM with the curvature of the score counted; equal to it \
            where the tail is piecewise linear",
        advice: "As GradCAM where the tail is curved (SiLU, squeeze-and-excite behind the layer); the same map where \
            it is piecewise linear.",
        paper: "Cai 2025, arXiv 2501.06261",
        needs: &[Need::Activations, Need::Gradients, Need::Curvature],
        scale: Scale::Positive,
    },
    how: How::Weights(weights),
};

/// `w_k = mean(G − ½ H·A)_k`, `L = Σ_k w_k A_k`, H the Hessian of the score with respect to A.
fn weights(evidence: &Evidence<'_>) -> Vec<f32> {
    let mut weights = super::mean_gradients(evidence);
    if let Some(curvature) = evidence.curvature {
        let means = curvature.iter().map(|channel| channel.iter().sum::<f32>() / channel.len() as f32);
        weights.iter_mut().zip(means).for_each(|(weight, mean)| *weight -= 0.5 * mean);
    }
    weights
}

#[cfg(test)]
mod tests {
    use crate::methods::tests::{of_two_channels, two_channels};
    use crate::{Evidence, Features, Method};

    #[test]
    fn without_curvature_it_is_gradcam_and_with_it_the_weights_shrink() {
        assert_eq!(of_two_channels(Method::ShapleyCam), of_two_channels(Method::GradCam));
        let evidence = two_channels();
        let curvature = evidence.activations.map(|a| Features { values: &[2.0, 2.0, 0.0, 0.0], ..a });
        let curved = Method::ShapleyCam.map(&Evidence { curvature, ..evidence }).unwrap();
        assert_eq!(curved.values, [1.0 - 5.0, 2.0 - 10.0]);
    }
}
