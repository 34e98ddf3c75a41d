use super::principal::{centred, leading, oriented};
use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "kpcacam",
        title: "KPCA-CAM",
        summary: "the first kernel principal component of the activations: EigenCAM that also follows curved structure",
        advice: "As EigenCAM, where patterns are curved. The same map for every class.",
        paper: "Karmani et al. 2024, arXiv 2410.00267",
        needs: &[Need::Activations],
        scale: Scale::Positive,
    },
    how: How::Cam(map),
};

/// Kernel PCA of the centred cells with the kernel `tanh(x·y / C + 1)`, one component, oriented along the mean activation.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    let activations = evidence.activations();
    let channels = centred(activations.values.iter().copied(), activations.channels);
    let gamma = 1.0 / channels.nrows() as f64;
    let mut kernel = channels.tr_mul(&channels).map(|product| (gamma * product + 1.0).tanh());
    let (means, mean) = (kernel.column_mean(), kernel.mean());
    for i in 0..kernel.nrows() {
        for j in 0..kernel.ncols() {
            kernel[(i, j)] += mean - means[i] - means[j];
        }
    }
    let (value, vector) = leading(kernel);
    let map = vector.iter().map(|&v| (v * value.max(0.0).sqrt()) as f32).collect();
    oriented(map, &activations)
}
