//! The first principal component of a feature map, which the eigen methods share.

use super::leading::{dot, leading};
use crate::Features;

/// Channels × cells in double precision.
pub(super) struct Matrix {
    pub(super) cells: usize,
    pub(super) values: Vec<f64>,
}

impl Matrix {
    /// Values laid out channel by channel.
    pub(super) fn new(values: impl Iterator<Item = f32>, cells: usize) -> Matrix {
        Matrix { cells, values: values.map(f64::from).collect() }
    }

    pub(super) fn channels(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.cells)
    }

    /// The same with the mean of each channel removed.
    pub(super) fn centred(mut self) -> Matrix {
        for channel in self.values.chunks_exact_mut(self.cells) {
            let mean = channel.iter().sum::<f64>() / channel.len() as f64;
            channel.iter_mut().for_each(|v| *v -= mean);
        }
        self
    }

    /// The largest singular value and its unit vector over the cells. The Gram matrix is never
    /// made: it is multiplied with a vector channel by channel.
    pub(super) fn leading(&self) -> (f64, Vec<f64>) {
        let (value, vector) = leading(self.cells, |x, y| {
            for channel in self.channels() {
                let part = dot(channel, x);
                y.iter_mut().zip(channel).for_each(|(y, v)| *y += part * v);
            }
        });
        (value.max(0.0).sqrt(), vector)
    }
}

/// Projects the cells onto their first principal component, cells as samples and channels as
/// variables; `values` are laid out as the activations.
///
/// The component's sign is free; it is chosen so that the map correlates positively with the mean
/// activation.
pub(super) fn first_component(values: impl Iterator<Item = f32>, activations: &Features<'_>) -> Vec<f32> {
    let (value, vector) = Matrix::new(values, activations.cells()).centred().leading();
    oriented(vector.iter().map(|&v| (value * v) as f32).collect(), activations)
}

/// The map or its negative, whichever correlates positively with the mean activation.
pub(super) fn oriented(map: Vec<f32>, activations: &Features<'_>) -> Vec<f32> {
    let mut mean = vec![0.0f64; map.len()];
    for channel in activations.iter() {
        mean.iter_mut().zip(channel).for_each(|(m, &a)| *m += f64::from(a));
    }
    let centre = mean.iter().sum::<f64>() / mean.len() as f64;
    let covariance: f64 = map.iter().zip(&mean).map(|(&v, m)| f64::from(v) * (m - centre)).sum();
    if covariance < 0.0 { map.into_iter().map(|v| -v).collect() } else { map }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(channels: usize, values: &[f32]) -> Vec<f32> {
        first_component(
            values.iter().copied(),
            &Features { channels, height: 1, width: values.len() / channels, values },
        )
    }

    #[test]
    fn a_single_pattern_is_the_component() {
        // Rank one: every channel is a multiple of one pattern, so the projection is that pattern,
        // scaled by the norm of the multiples.
        let wide = [1.0, 2.0, 6.0, 2.0, 4.0, 12.0];
        let map = component(2, &wide);
        let norm = 5.0f32.sqrt();
        for (got, expected) in map.iter().zip([-2.0 * norm, -norm, 3.0 * norm]) {
            assert!((got - expected).abs() < 1e-5, "{map:?}");
        }
        let tall = [1.0, 3.0, 2.0, 6.0, -1.0, -3.0];
        let map = component(3, &tall);
        let norm = 6.0f32.sqrt();
        for (got, expected) in map.iter().zip([-norm, norm]) {
            assert!((got - expected).abs() < 1e-5, "{map:?}");
        }
    }

    #[test]
    fn a_constant_map_has_no_component() {
        assert!(component(2, &[1.0, 1.0, 3.0, 3.0]).iter().all(|v| v.abs() < 1e-6));
    }
}
