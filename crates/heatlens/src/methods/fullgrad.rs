use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "fullgrad",
        title: "FullGrad",
        summary: "the whole score shared out: |x ⊙ ∂S/∂x| and |b ⊙ ∂S/∂b| of every layer with a bias, each channel \
            stretched, at one size, added",
        advice: "Fine and broad structure in one map, without a layer to choose. Stretching every channel gives a \
            silent one as much say as a loud one.",
        paper: "Srinivas and Fleuret 2019, arXiv 1905.00780",
        needs: &[Need::ImageGradient, Need::BiasGradients],
        scale: Scale::Positive,
    },
    how: How::Pixels(map),
};

/// `Σ minmax(|x ⊙ ∂S/∂x|) + Σ_layers Σ_k resize(minmax(|b_k G_k|))`, resized bilinearly. Resizing
/// is linear, so channels of one resolution are added first.
fn map(evidence: &Evidence<'_>) -> Vec<f32> {
    let (image, gradient) = (evidence.image(), evidence.image_gradient());
    let size = [image.height, image.width];
    let mut sums = vec![(size, vec![0.0f32; image.cells()])];
    for (x, g) in image.iter().zip(gradient.iter()) {
        add_stretched(&mut sums[0].1, x.iter().zip(g).map(|(x, g)| (x * g).abs()));
    }
    for layer in &evidence.biases {
        let of_layer = [layer.gradient.height, layer.gradient.width];
        let at = sums.iter().position(|(size, _)| *size == of_layer).unwrap_or_else(|| {
            sums.push((of_layer, vec![0.0; layer.gradient.cells()]));
            sums.len() - 1
        });
        for (bias, g) in layer.bias.iter().zip(layer.gradient.iter()) {
            add_stretched(&mut sums[at].1, g.iter().map(|g| (bias * g).abs()));
        }
    }
    let mut map = vec![0.0; image.cells()];
    for (from, sum) in &sums {
        map.iter_mut().zip(heatlens_imaging::upsample(sum, *from, size)).for_each(|(m, v)| *m += v);
    }
    map
}

/// Adds values stretched to 0…1.
fn add_stretched(sum: &mut [f32], values: impl Iterator<Item = f32> + Clone) {
    let (min, max) = values.clone().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let scale = 1.0 / (1e-7 + (max - min));
    sum.iter_mut().zip(values).for_each(|(s, v)| *s += (v - min) * scale);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BiasGradient, Features};

    #[test]
    fn every_channel_is_stretched_before_it_counts() {
        let features = |height, width, values| Features { channels: 1, height, width, values };
        let evidence = Evidence {
            image: Some(features(1, 2, &[1.0, 2.0])),
            image_gradient: Some(features(1, 2, &[1.0, -3.0])),
            biases: vec![BiasGradient { bias: &[-100.0], gradient: features(1, 2, &[5.0, 1.0]) }],
            ..Default::default()
        };
        map(&evidence).iter().zip([1.0, 1.0]).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
    }
}
