use super::{Card, How, Need, Recipe};
use crate::Scale;
use crate::passes::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "smoothgradcam++",
        title: "Smooth GradCAM++",
        summary: "GradCAM++ with the powers of the gradient averaged over four noisy copies of the image",
        advice: "As GradCAM++, steadier where the gradient at the layer hangs on single pixels. Behind a linear head \
            noise changes nothing.",
        paper: "Omeiza et al. 2019, arXiv 1908.01224",
        needs: &[Need::Activations, Need::Gradients, Need::GradientRuns],
        scale: Scale::Positive,
    },
    how: How::TrialWeights(weights),
};

/// Noisy copies of the image, and the standard deviation of their noise, as torch-cam has them.
const COPIES: usize = 4;
const DEVIATION: f32 = 0.3;

/// `α = ⟨G²⟩ / (2⟨G²⟩ + Σ_ij A ⟨G³⟩ + 1e-8)`, `w_k = Σ_ij α max(⟨G⟩, 0)`, `L = Σ_k w_k A_k`; ⟨·⟩
/// the mean over noisy copies, A that of the image itself.
///
/// torch-cam takes the gradient of its last copy for ⟨G⟩, where the paper has the mean.
fn weights(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let activations = trial.evidence.activations();
    let mut powers = vec![[0.0f32; 3]; activations.values.len()];
    let mut add = |gradients: &[f32], share: f32| {
        for (sums, g) in powers.iter_mut().zip(gradients) {
            sums[0] += share * g;
            sums[1] += share * g * g;
            sums[2] += share * g * g * g;
        }
    };
    if trial.evidence.affine_tail {
        add(trial.evidence.gradients().values, 1.0);
    } else {
        let image = trial.evidence.image();
        lab.gradients(
            trial,
            COPIES,
            |copy, noisy| super::noise::added(image.values, DEVIATION, trial.seed, copy, noisy),
            |_, evidence, _| add(evidence.gradients().values, 1.0 / COPIES as f32),
        );
    }
    let channels = activations.iter().zip(powers.chunks_exact(activations.cells()));
    channels.map(|(activation, powers)| weight(activation, powers)).collect()
}

fn weight(activation: &[f32], powers: &[[f32; 3]]) -> f32 {
    let sum: f32 = activation.iter().zip(powers).map(|(a, p)| a * p[2]).sum();
    let of_cell = |&[first, second, _]: &[f32; 3]| second / (2.0 * second + sum + 1e-8) * first.max(0.0);
    powers.iter().map(of_cell).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_positive_gradients_count() {
        // Cell 1: G = 1; cell 2: G = −1. Σ A·G³ = 2·1 − 1·1 = 1, so α = 1 / (2 + 1) in both.
        let weight = weight(&[2.0, 1.0], &[[1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]]);
        assert!((weight - 1.0 / 3.0).abs() < 1e-6);
    }
}
