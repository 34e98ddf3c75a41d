//! Gaussian blur.

/// A channel of `[height, width]`, blurred with a standard deviation of `sigma` pixels; what lies
/// outside is what lies at the edge.
pub fn blur(channel: &[f32], [height, width]: [usize; 2], sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as usize;
    let mut kernel: Vec<f64> =
        (0..=2 * reach).map(|i| (-0.5 * ((i as f64 - reach as f64) / sigma).powi(2)).exp()).collect();
    let sum: f64 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    let at = |centre: usize, tap: usize, length: usize| (centre + tap).saturating_sub(reach).min(length - 1);
    let mut rows = vec![0.0f64; channel.len()];
    for (blurred, row) in rows.chunks_exact_mut(width).zip(channel.chunks_exact(width)) {
        for (x, value) in blurred.iter_mut().enumerate() {
            *value = kernel.iter().enumerate().map(|(tap, k)| k * f64::from(row[at(x, tap, width)])).sum();
        }
    }
    let mut result = Vec::with_capacity(channel.len());
    let mut sums = vec![0.0; width];
    for y in 0..height {
        sums.fill(0.0);
        for (tap, k) in kernel.iter().enumerate() {
            sums.iter_mut().zip(&rows[at(y, tap, height) * width..][..width]).for_each(|(sum, v)| *sum += k * v);
        }
        result.extend(sums.iter().map(|&v| v as f32));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_constants_and_spreads_points() {
        assert!(blur(&[2.0; 35], [5, 7], 1.5).iter().all(|v| (v - 2.0).abs() < 1e-6));
        let mut point = vec![0.0; 21 * 21];
        point[10 * 21 + 10] = 1.0;
        let blurred = blur(&point, [21, 21], 2.0);
        let centre = 1.0 / (2.0 * std::f32::consts::PI * 4.0);
        assert!(
            (blurred[10 * 21 + 10] - centre).abs() < 1e-3 * centre + 3e-4
                && (blurred.iter().sum::<f32>() - 1.0).abs() < 1e-5
        );
    }
}
