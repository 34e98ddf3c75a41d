use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "shapleycam",
    title: "ShapleyCAM",
    summary: "channels weighted by mean(G − ½ H·A): GradCAM with the curvature of the score counted; equal to it where the tail is piecewise linear",
    paper: "Cai 2025, arXiv 2501.06261",
    needs: Needs::Curvature,
};

/// `w_k = mean(G − ½ H·A)_k`, `L = Σ_k w_k A_k`, H the Hessian of the score with respect to A.
pub(super) struct ShapleyCam;

impl Cam for ShapleyCam {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        let cells = (evidence.activations.height * evidence.activations.width) as f32;
        let mean = |values: &[f32]| values.iter().sum::<f32>() / cells;
        let mut curvatures = evidence.curvature.iter().flat_map(|c| c.iter()).map(mean);
        super::weighted_channels(evidence, |_, gradient| mean(gradient) - 0.5 * curvatures.next().unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::two_channels;
    use crate::methods::{Evidence, Features};

    #[test]
    fn without_curvature_it_is_gradcam_and_with_it_the_weights_shrink() {
        let evidence = two_channels();
        assert_eq!(Method::ShapleyCam.map(&evidence), Method::GradCam.map(&evidence));
        let curvature = Some(Features { values: &[2.0, 2.0, 0.0, 0.0], ..evidence.activations });
        let curved = Method::ShapleyCam.map(&Evidence { curvature, ..evidence });
        assert_eq!(curved.values, [1.0 - 5.0, 2.0 - 10.0]);
    }
}
