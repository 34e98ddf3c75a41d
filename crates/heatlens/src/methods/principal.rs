//! The first principal component of a feature map, which the eigen methods share.

use nalgebra::{DMatrix, SymmetricEigen};

use super::{Evidence, Features};

/// Projects the cells onto the first principal component of `f(A, G)`, cells as samples and channels as variables.
///
/// The component's sign is free; it is chosen so that the map correlates positively with the mean activation. The smaller of the two Gram matrices is
/// decomposed: for 7×7 cells a 49×49 one, whatever the number of channels.
pub(super) fn first_component(evidence: &Evidence<'_>, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let channels = centred(evidence, f);
    let projection = if channels.nrows() >= channels.ncols() {
        let (value, vector) = leading(channels.tr_mul(&channels));
        vector * value.max(0.0).sqrt()
    } else {
        let (_, vector) = leading(&channels * channels.transpose());
        channels.tr_mul(&vector)
    };
    oriented(projection.iter().map(|&v| v as f32).collect(), &evidence.activations)
}

/// `f(A, G)` as channels × cells, the mean of each channel removed.
pub(super) fn centred(evidence: &Evidence<'_>, f: impl Fn(f32, f32) -> f32) -> DMatrix<f64> {
    let Features { channels, height, width, .. } = evidence.activations;
    let pairs = evidence.activations.values.iter().zip(evidence.gradients.values);
    let mut matrix = DMatrix::from_row_iterator(channels, height * width, pairs.map(|(&a, &g)| f64::from(f(a, g))));
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

    fn evidence(channels: usize, values: &[f32]) -> Evidence<'_> {
        let features = Features { channels, height: 1, width: values.len() / channels, values };
        Evidence { activations: features, gradients: features, curvature: None }
    }

    #[test]
    fn both_gram_matrices_give_the_same_component() {
        // Rank one: every channel is a multiple of one pattern, so the projection is that pattern, scaled by the norm of the multiples.
        let wide = [1.0, 2.0, 6.0, 2.0, 4.0, 12.0];
        let map = first_component(&evidence(2, &wide), |a, _| a);
        let norm = 5.0f32.sqrt();
        for (got, expected) in map.iter().zip([-2.0 * norm, -norm, 3.0 * norm]) {
            assert!((got - expected).abs() < 1e-5, "{map:?}");
        }
        let tall = [1.0, 3.0, 2.0, 6.0, -1.0, -3.0];
        let map = first_component(&evidence(3, &tall), |a, _| a);
        let norm = 6.0f32.sqrt();
        for (got, expected) in map.iter().zip([-norm, norm]) {
            assert!((got - expected).abs() < 1e-5, "{map:?}");
        }
    }

    #[test]
    fn a_constant_map_has_no_component() {
        assert!(first_component(&evidence(2, &[1.0, 1.0, 3.0, 3.0]), |a, _| a).iter().all(|v| v.abs() < 1e-6));
    }
}
