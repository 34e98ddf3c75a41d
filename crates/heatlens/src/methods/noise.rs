//! Noisy copies of an image, which the smoothed methods share.

use crate::random::Random;

/// The image plus normal noise, drawn from a stream of its own for each copy.
pub(super) fn added(image: &[f32], deviation: f32, seed: u64, copy: usize, noisy: &mut [f32]) {
    let mut random = Random::new(seed, copy as u64);
    noisy.iter_mut().zip(image).for_each(|(n, x)| *n = x + deviation * random.normal() as f32);
}
