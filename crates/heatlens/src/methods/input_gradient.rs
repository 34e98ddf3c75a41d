use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "input-gradient",
        title: "Input × gradient",
        summary: "x ⊙ ∂S/∂x, the channels of a pixel added: what each pixel adds to the score, to first order",
        advice: "Pixel-sharp and noisy. Where the image is bright it is strong whatever was learnt, so a part \
            survives randomisation; SmoothGrad and integrated gradients are its calmer kin.",
        paper: "Shrikumar et al. 2016, arXiv 1605.01713",
        needs: &[Need::ImageGradient],
        scale: Scale::Signed,
    },
    how: How::Pixels(map),
};

/// `Σ_channels x ⊙ ∂S/∂x`, x the preprocessed image.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    let (image, gradient) = (evidence.image(), evidence.image_gradient());
    let mut map = vec![0.0; image.cells()];
    for (x, g) in image.iter().zip(gradient.iter()) {
        map.iter_mut().zip(x.iter().zip(g)).for_each(|(m, (x, g))| *m += x * g);
    }
    map
}
