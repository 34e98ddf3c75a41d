//! Masks made of channels, which the ScoreCAM family shares.

use crate::Features;

/// A channel at the size of the input, bilinear with its corners on the input's corners, stretched
/// to 0…1.
pub(super) fn stretched(channel: &[f32], [height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let (y, x) = (corner_aligned(height, rows), corner_aligned(width, columns));
    let mut mask = Vec::with_capacity(rows * columns);
    for &(top, bottom, fy) in &y {
        let (top, bottom) = (&channel[top * width..][..width], &channel[bottom * width..][..width]);
        for &(left, right, fx) in &x {
            let upper = top[left] + (top[right] - top[left]) * fx;
            let lower = bottom[left] + (bottom[right] - bottom[left]) * fx;
            mask.push(upper + (lower - upper) * fy);
        }
    }
    stretch(&mut mask);
    mask
}

/// A channel stretched to 0…1, then brought to the size of the input, bilinear with half-pixel
/// centres: torch-cam's masks.
pub(super) fn enlarged(channel: &[f32], activations: &Features<'_>, image: &Features<'_>) -> Vec<f32> {
    let mut channel = channel.to_vec();
    stretch(&mut channel);
    heatlens_imaging::upsample(&channel, [activations.height, activations.width], [image.height, image.width])
}

fn stretch(values: &mut [f32]) {
    let (min, max) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let scale = max - min + 1e-8;
    values.iter_mut().for_each(|v| *v = (*v - min) / scale);
}

/// For each output position the two source positions around it and the share of the second.
fn corner_aligned(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let step = if to > 1 { (from - 1) as f32 / (to - 1) as f32 } else { 0.0 };
    (0..to)
        .map(|i| {
            let at = i as f32 * step;
            let low = (at as usize).min(from - 1);
            (low, (low + 1).min(from - 1), at - low as f32)
        })
        .collect()
}

/// Each channel of an image times the mask.
pub(super) fn multiply(image: &Features<'_>, mask: &[f32], masked: &mut [f32]) {
    for (channel, out) in image.iter().zip(masked.chunks_exact_mut(mask.len())) {
        out.iter_mut().zip(channel.iter().zip(mask)).for_each(|(o, (x, m))| *o = x * m);
    }
}

/// The softmax of scores.
pub(super) fn softmax(scores: &[f32]) -> Vec<f32> {
    let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exps: Vec<f32> = scores.iter().map(|s| (s - max).exp()).collect();
    let sum: f32 = exps.iter().sum();
    exps.iter().map(|e| e / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_stay_where_they_are() {
        let mask = stretched(&[0.0, 1.0, 2.0, 4.0], [2, 2], [3, 3]);
        let expected = [0.0, 0.5, 1.0, 1.0, 1.75, 2.5, 2.0, 3.0, 4.0].map(|v| v / 4.0);
        mask.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-6, "{mask:?}"));
        assert!(stretched(&[3.0], [1, 1], [2, 2]).iter().all(|&v| v == 0.0), "a constant channel masks everything");
    }
}
