use super::{BatchNorm, Moments};

/// The most that one channel counts: a channel that was all but constant in training would else
/// outweigh all others.
pub const CHANNEL_LIMIT: f64 = 50.0;

/// The Kullback–Leibler divergence of what a batch norm remembers, N(m, r), from what entered it in
/// these images, N(μ, v): ½ · (ln(r / v) + (v + (μ − m)²) / r − 1), at most [`CHANNEL_LIMIT`], in
/// nats, averaged over the channels. To both variances the batch norm's epsilon is added: what it
/// takes for nothing counts as nothing. 0 is the same; NaN without an image.
pub fn divergence<'a>(norm: &BatchNorm, images: impl Iterator<Item = &'a Moments> + Clone) -> f64 {
    let count = images.clone().count() as f64;
    let of_channel = |c: usize| {
        let mean = images.clone().map(|image| f64::from(image.mean[c])).sum::<f64>() / count;
        let spread = |image: &Moments| f64::from(image.variance[c]) + (f64::from(image.mean[c]) - mean).powi(2);
        let variance = images.clone().map(spread).sum::<f64>() / count;
        let epsilon = f64::from(norm.epsilon);
        of_normals([mean, variance + epsilon], [f64::from(norm.mean[c]), f64::from(norm.variance[c]) + epsilon])
    };
    (0..norm.mean.len()).map(of_channel).sum::<f64>() / norm.mean.len() as f64
}

/// Of one channel. What is no number is as far as can be.
fn of_normals([mean, variance]: [f64; 2], [remembered, running]: [f64; 2]) -> f64 {
    let divergence = 0.5 * ((running / variance).ln() + (variance + (mean - remembered).powi(2)) / running - 1.0);
    if divergence.is_nan() { CHANNEL_LIMIT } else { divergence.clamp(0.0, CHANNEL_LIMIT) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(mean: f32, variance: f32) -> BatchNorm {
        BatchNorm { name: String::new(), mean: vec![mean], variance: vec![variance], epsilon: 0.0 }
    }

    fn image(mean: f32, variance: f32) -> Moments {
        Moments { mean: vec![mean], variance: vec![variance] }
    }

    #[test]
    fn images_are_one_sample_of_all_their_positions() {
        // Means −1 and 1 around variances of 3: mean 0, variance 4.
        let images = [image(-1.0, 3.0), image(1.0, 3.0)];
        assert_eq!(divergence(&norm(0.0, 4.0), images.iter()), 0.0);
        // ½ (ln(1/4) + 4 − 1) and ½ (0 + (4 + 4) / 4 − 1).
        assert!((divergence(&norm(0.0, 1.0), images.iter()) - 0.5 * (0.25f64.ln() + 3.0)).abs() < 1e-12);
        assert!((divergence(&norm(2.0, 4.0), images.iter()) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_compared_is_as_far_as_can_be() {
        assert_eq!(divergence(&norm(0.0, 1.0), [image(0.0, 0.0)].iter()), CHANNEL_LIMIT);
        assert_eq!(divergence(&norm(0.0, 1.0), [image(f32::NAN, 1.0)].iter()), CHANNEL_LIMIT);
        assert_eq!(divergence(&norm(0.0, 1e-5), [image(9.0, 1.0)].iter()), CHANNEL_LIMIT);
        // A channel that was dead and is dead still.
        let dead = BatchNorm { epsilon: 1e-5, ..norm(0.0, 0.0) };
        assert_eq!(divergence(&dead, [image(0.0, 0.0)].iter()), 0.0);
    }
}
