use super::leading::{dot, leading};
use super::principal::{Matrix, oriented};
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

const ROWS: usize = 8;

/// Kernel PCA of the centred cells with the kernel `tanh(x·y / C + 1)`, one component, oriented
/// along the mean activation.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    let activations = evidence.activations();
    let cells = activations.cells();
    let centred = Matrix::new(activations.values.iter().copied(), cells).centred();
    let gamma = 1.0 / activations.channels as f64;
    let mut kernel = vec![0.0; cells * cells];
    // A few rows at a time, which stay in the cache while all channels pass.
    for (block, rows) in kernel.chunks_mut(ROWS * cells).enumerate() {
        for channel in centred.channels() {
            for (row, &value) in rows.chunks_exact_mut(cells).zip(&channel[block * ROWS..]) {
                row.iter_mut().zip(channel).for_each(|(k, other)| *k += value * other);
            }
        }
    }
    kernel.iter_mut().for_each(|k| *k = (gamma * *k + 1.0).tanh());
    let means: Vec<f64> = kernel.chunks_exact(cells).map(|row| row.iter().sum::<f64>() / cells as f64).collect();
    let mean = means.iter().sum::<f64>() / cells as f64;
    for (row, of_row) in kernel.chunks_exact_mut(cells).zip(&means) {
        row.iter_mut().zip(&means).for_each(|(k, of_column)| *k += mean - of_row - of_column);
    }
    let (value, vector) =
        leading(cells, |x, y| y.iter_mut().zip(kernel.chunks_exact(cells)).for_each(|(y, row)| *y = dot(row, x)));
    let map = vector.iter().map(|&v| (v * value.max(0.0).sqrt()) as f32).collect();
    oriented(map, &activations)
}
