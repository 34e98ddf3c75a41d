use super::{Card, How, Need, Recipe};
use crate::Scale;
use crate::passes::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "smoothgrad",
        title: "SmoothGrad",
        summary: "the gradient at the image, averaged over 25 noisy copies, its size at each pixel: where the score \
            is sensitive",
        advice: "Pixel-sharp and calmer than the plain gradient. It tells where a change would matter, not which way.",
        paper: "Smilkov et al. 2017, arXiv 1706.03825",
        needs: &[Need::ImageGradientRuns],
        scale: Scale::Positive,
    },
    how: How::TrialPixels(map),
};

const COPIES: usize = 25;

/// Standard deviation of the noise as a share of the image's range.
const DEVIATION: f32 = 0.15;

/// `Σ_channels |mean_i ∂S/∂x(x + ε_i)|`, ε normal with 0.15 (max x − min x).
fn map(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let image = trial.evidence.image();
    let (min, max) =
        image.values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let mut mean = vec![0.0f32; image.values.len()];
    lab.gradients(
        trial,
        COPIES,
        |copy, noisy| super::noise::added(image.values, DEVIATION * (max - min), trial.seed, copy, noisy),
        |_, evidence, _| {
            mean.iter_mut().zip(evidence.image_gradient().values).for_each(|(m, g)| *m += g / COPIES as f32)
        },
    );
    super::magnitude(&mean, image.cells())
}
