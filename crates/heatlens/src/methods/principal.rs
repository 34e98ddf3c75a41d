//! The first principal component of a feature map, which the eigen methods share.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::Features;

/// Projects the cells onto their first principal component, cells as samples and channels as variables; `values` are laid out as the activations.
///
/// The component's sign is free; it is chosen so that the map correlates positively with the mean activation. The smaller of the two Gram matrices is
/// decomposed: for 7×7 cells a 49×49 one, whatever the number of channels.
pub(super) fn first_component(values: impl Iterator<Item = f32>, activations: &Features<'_>) -> Vec<f32> {
    let channels = centred(values, activations.channels);
    let projection = if channels.nrows() >= channels.ncols() {
        let (value, vector) = leading(channels.tr_mul(&channels));
        vector * value.max(0.0).sqrt()
    } else {
        let (_, vector) = leading(&channels * channels.transpose());
        channels.tr_mul(&vector)
    };
    oriented(projection.iter().map(|&v| v as f32).collect(), activations)
}

/// Values as channels × cells, the mean of each channel removed.
pub(super) fn centred(values: impl Iterator<Item = f32>, channels: usize) -> DMatrix<f64> {
    let values: Vec<f64> = values.map(f64::from).collect();
    let mut matrix = DMatrix::from_row_slice(channels, values.len() / channels, &values);
    for mut row in matrix.row_iter_mut() {
        let mean = row.mean();
        row.add_scalar_mut(-mean);
    }
    matrix
}

/// The largest eigenvalue of a symmetric matrix and its unit eigenvector.
pub(super) fn leading(matrix: DMatrix<f64>) -> (f64, nalgebra::DVector<f64>) {
    let eigen = SymmetricEigen::new(matrix);
    let index = eigen.eigenvalues.imax();
    (eigen.eigenvalues[index], eigen.eigenvectors.column(index).into_owned())
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
        first_component(values.iter().copied(), &Features { channels, height: 1, width: values.len() / channels, values })
    }

    #[test]
    fn both_gram_matrices_give_the_same_component() {
        // Rank one: every channel is a multiple of one pattern, so the projection is that pattern, scaled by the norm of the multiples.
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
