//! Eigenvectors of small symmetric matrices.

/// A sweep turns every pair of axes once; convergence is quadratic, so that six or seven do.
const MOST_SWEEPS: usize = 50;

/// The eigenvalues, falling, and the eigenvector of each, of length 1, by Jacobi's rotations (1846;
/// Golub and Van Loan 2013, algorithm 8.5.2).
///
/// # Panics
/// If the matrix is not square. Only its upper triangle and diagonal are looked at.
pub fn symmetric_eigen(matrix: &[Vec<f64>]) -> Vec<(f64, Vec<f64>)> {
    let n = matrix.len();
    assert!(matrix.iter().all(|row| row.len() == n), "a square matrix");
    let mut a: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| matrix[i.min(j)][i.max(j)]).collect()).collect();
    // Rows are eigenvectors in the end.
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect();
    let square = |i: usize, j: usize, a: &[Vec<f64>]| a[i][j] * a[i][j];
    for _ in 0..MOST_SWEEPS {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| square(i, j, &a)).sum();
        let diagonal: f64 = (0..n).map(|i| square(i, i, &a)).sum();
        if off <= f64::EPSILON * f64::EPSILON * diagonal {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                turn(&mut a, &mut vectors, p, q);
            }
        }
    }
    let mut pairs: Vec<(f64, Vec<f64>)> = (0..n).map(|i| a[i][i]).zip(vectors).collect();
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0));
    pairs
}

/// Turns the plane of two axes so that they no longer mix.
fn turn(a: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    if a[p][q] == 0.0 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    // The smaller of the two angles.
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let rotated = |x: f64, y: f64| (cosine * x - sine * y, sine * x + cosine * y);
    for row in a.iter_mut() {
        (row[p], row[q]) = rotated(row[p], row[q]);
    }
    for rows in [a, vectors] {
        // `p` is the smaller.
        let (above, below) = rows.split_at_mut(q);
        above[p].iter_mut().zip(&mut below[0]).for_each(|(x, y)| (*x, *y) = rotated(*x, *y));
    }
}

/// Makes vectors of one length orthogonal to those before them and of length 1 (Gram and Schmidt,
/// twice, which is enough to the last digit). One that depends on those before it becomes zero.
pub fn orthonormalise(vectors: &mut [Vec<f64>]) {
    for k in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(k);
        let vector = &mut rest[0];
        let length = dot(vector, vector).sqrt();
        for _ in 0..2 {
            for other in before.iter() {
                let share = dot(vector, other);
                vector.iter_mut().zip(other).for_each(|(v, o)| *v -= share * o);
            }
        }
        let left = dot(vector, vector).sqrt();
        let scale = if left > 1e-14 * length { 1.0 / left } else { 0.0 };
        vector.iter_mut().for_each(|v| *v *= scale);
    }
}

/// The inner product of two vectors.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    #[test]
    fn a_matrix_is_put_together_again() {
        let mut random = Random::new(3, 0);
        for n in [1, 2, 5, 12] {
            let half: Vec<Vec<f64>> = (0..n).map(|_| (0..n).map(|_| random.unit() - 0.5).collect()).collect();
            let matrix: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| half[i][j] + half[j][i]).collect()).collect();
            let pairs = symmetric_eigen(&matrix);
            assert!(pairs.is_sorted_by(|a, b| a.0 >= b.0));
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let sum: f64 = pairs.iter().map(|(value, vector)| value * vector[i] * vector[j]).sum();
                assert!((sum - matrix[i][j]).abs() < 1e-13, "{n}: {sum} {}", matrix[i][j]);
                let product = dot(&pairs[i].1, &pairs[j].1);
                assert!((product - f64::from(i == j)).abs() < 1e-13, "{n}: {product}");
            }
        }
    }

    #[test]
    fn known_eigenvalues() {
        // 2 − 2 cos(kπ/4), k = 3, 2, 1.
        let matrix = [vec![2.0, -1.0, 0.0], vec![-1.0, 2.0, -1.0], vec![0.0, -1.0, 2.0]];
        let root = std::f64::consts::SQRT_2;
        let values: Vec<f64> = symmetric_eigen(&matrix).into_iter().map(|pair| pair.0).collect();
        assert!(values.iter().zip([2.0 + root, 2.0, 2.0 - root]).all(|(a, b)| (a - b).abs() < 1e-14), "{values:?}");
        assert_eq!(symmetric_eigen(&[vec![0.0; 2], vec![0.0; 2]])[1], (0.0, vec![0.0, 1.0]));
    }

    #[test]
    fn dependent_vectors_become_zero() {
        let mut vectors = vec![vec![3.0, 4.0, 0.0], vec![6.0, 8.0, 0.0], vec![1.0, 1.0, 1.0]];
        orthonormalise(&mut vectors);
        assert_eq!(vectors[1], [0.0; 3]);
        assert!((dot(&vectors[2], &vectors[2]) - 1.0).abs() < 1e-15 && dot(&vectors[0], &vectors[2]).abs() < 1e-15);
    }
}
