//! Sums over the channels of a feature map, which most methods are.

use super::principal;
use crate::{Evidence, Features};

/// `Σ_k w_k A_k`.
pub(crate) fn weighted_sum(weights: &[f32], activations: &Features<'_>) -> Vec<f32> {
    let mut map = vec![0.0; activations.cells()];
    for (weight, activation) in weights.iter().zip(activations.iter()) {
        map.iter_mut().zip(activation).for_each(|(m, a)| *m += weight * a);
    }
    map
}

/// `Σ_k f(A_k, G_k)` at each cell.
pub(super) fn sum_over_channels(evidence: &Evidence<'_>, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let mut map = vec![0.0; evidence.activations().cells()];
    for (activation, gradient) in evidence.activations().iter().zip(evidence.gradients().iter()) {
        map.iter_mut().zip(activation.iter().zip(gradient)).for_each(|(m, (&a, &g))| *m += f(a, g));
    }
    map
}

/// A weight for each channel, made from its activation and gradient.
pub(super) fn channel_weights(evidence: &Evidence<'_>, weight: impl Fn(&[f32], &[f32]) -> f32) -> Vec<f32> {
    evidence
        .activations()
        .iter()
        .zip(evidence.gradients().iter())
        .map(|(activation, gradient)| weight(activation, gradient))
        .collect()
}

/// `mean(G_k)` of each channel.
pub(super) fn mean_gradients(evidence: &Evidence<'_>) -> Vec<f32> {
    evidence.gradients().iter().map(|gradient| gradient.iter().sum::<f32>() / gradient.len() as f32).collect()
}

/// `Σ_channels |v|` at each pixel.
pub(super) fn magnitude(values: &[f32], cells: usize) -> Vec<f32> {
    let mut map = vec![0.0; cells];
    for channel in values.chunks_exact(cells) {
        map.iter_mut().zip(channel).for_each(|(m, v)| *m += v.abs());
    }
    map
}

/// The first principal component of the weighted activations in place of their sum: the smoothing
/// that is called `eigen`.
pub(crate) fn eigen_weighted(weights: &[f32], activations: &Features<'_>) -> Vec<f32> {
    let weighted =
        activations.iter().zip(weights).flat_map(|(activation, &weight)| activation.iter().map(move |a| weight * a));
    principal::first_component(weighted, activations)
}

/// The same for a method that weights each cell.
pub(crate) fn eigen_cells(evidence: &Evidence<'_>, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let pairs = evidence.activations().values.iter().zip(evidence.gradients().values);
    principal::first_component(pairs.map(|(&a, &g)| f(a, g)), &evidence.activations())
}
