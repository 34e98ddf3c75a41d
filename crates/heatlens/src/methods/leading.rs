//! The largest eigenvalue of a symmetric matrix and its eigenvector.

use crate::random::Random;

/// The error of the eigenvector at which the iteration may end. Input in single precision knows it
/// no better than 1e-7.
const TOLERANCE: f64 = 1e-9;

/// What is left of a vector by rounding alone.
const ROUNDING: f64 = 1e-13;

/// The largest eigenvalue of a symmetric matrix and its unit eigenvector, in double precision.
/// `multiply` writes the product of the matrix and its first argument to its second.
///
/// Lanczos iteration, each new vector made orthogonal to all before: a few dozen products, more
/// only where the second eigenvalue is close. The eigenvector is wrong by the residual over the
/// distance to the next eigenvalue, and both are known (Parlett 1998, The Symmetric Eigenvalue
/// Problem, chapters 11 and 13).
pub(super) fn leading(size: usize, mut multiply: impl FnMut(&[f64], &mut [f64])) -> (f64, Vec<f64>) {
    let mut random = Random::new(0, 0);
    let mut next: Vec<f64> = (0..size).map(|_| random.normal()).collect();
    let mut norm = length(&next);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut projected = Tridiagonal::default();
    loop {
        next.iter_mut().for_each(|v| *v /= norm);
        basis.push(next);
        let last = basis.last().expect("just pushed");
        next = vec![0.0; size];
        multiply(last, &mut next);
        projected.diagonal.push(dot(last, &next));
        // Twice is enough (Kahan and Parlett).
        for vector in basis.iter().chain(&basis) {
            let part = dot(vector, &next);
            next.iter_mut().zip(vector).for_each(|(n, v)| *n -= part * v);
        }
        norm = length(&next);
        let exhausted = basis.len() == size || norm <= ROUNDING * projected.magnitude();
        if exhausted || basis.len().is_multiple_of(4) {
            let (value, second) = (projected.largest(1), projected.largest(2));
            let weights = projected.eigenvector(value);
            let residual = norm * weights[weights.len() - 1].abs();
            if exhausted || residual <= (TOLERANCE * (value - second)).max(10.0 * ROUNDING * value.abs()) {
                return (value, combination(&basis, &weights));
            }
        }
        projected.beside.push(norm);
    }
}

fn combination(basis: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; basis[0].len()];
    for (vector, weight) in basis.iter().zip(weights) {
        sum.iter_mut().zip(vector).for_each(|(s, v)| *s += weight * v);
    }
    let norm = length(&sum);
    sum.iter_mut().for_each(|v| *v /= norm);
    sum
}

/// In eight sums, which the compiler keeps in vector registers.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        (0..8).for_each(|i| sums[i] += x[i] * y[i]);
    }
    sums.iter().sum::<f64>() + rest
}

fn length(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

/// A symmetric tridiagonal matrix whose off-diagonal holds no zero.
#[derive(Default)]
struct Tridiagonal {
    diagonal: Vec<f64>,
    beside: Vec<f64>,
}

impl Tridiagonal {
    /// A bound of its eigenvalues' magnitude (Gershgorin).
    fn magnitude(&self) -> f64 {
        let beside = |i: usize| self.beside.get(i).copied().unwrap_or(0.0);
        let row = |i: usize| self.diagonal[i].abs() + beside(i) + if i > 0 { beside(i - 1) } else { 0.0 };
        (0..self.diagonal.len()).map(row).fold(0.0, f64::max)
    }

    /// How many eigenvalues lie below `bound`: the negative pivots (Sylvester).
    fn below(&self, bound: f64) -> usize {
        let mut pivot = 1.0;
        let mut count = 0;
        for (i, d) in self.diagonal.iter().enumerate() {
            let coupling = if i > 0 { self.beside[i - 1] * self.beside[i - 1] / pivot } else { 0.0 };
            pivot = d - bound - coupling;
            if pivot == 0.0 {
                pivot = f64::MIN_POSITIVE.sqrt();
            }
            count += usize::from(pivot < 0.0);
        }
        count
    }

    /// The `nth` largest eigenvalue, counted from 1, by bisection; a lower bound of all where there
    /// are fewer.
    fn largest(&self, nth: usize) -> f64 {
        let bound = self.magnitude();
        let (mut low, mut high) = (-bound, bound);
        let below = self.diagonal.len().saturating_sub(nth - 1);
        while high - low > f64::EPSILON * bound {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.below(middle) >= below { high = middle } else { low = middle }
        }
        high
    }

    /// The unit eigenvector of the largest eigenvalue, by inverse iteration from just above it,
    /// where no pivot can vanish.
    fn eigenvector(&self, value: f64) -> Vec<f64> {
        let shift = value + 4.0 * f64::EPSILON * self.magnitude() + f64::MIN_POSITIVE;
        let size = self.diagonal.len();
        let mut vector = vec![1.0; size];
        for _ in 0..4 {
            let mut pivots = Vec::with_capacity(size);
            for i in 0..size {
                let mut pivot = self.diagonal[i] - shift;
                if i > 0 {
                    let factor = self.beside[i - 1] / pivots[i - 1];
                    pivot -= factor * self.beside[i - 1];
                    vector[i] -= factor * vector[i - 1];
                }
                pivots.push(pivot.min(-f64::MIN_POSITIVE));
            }
            for i in (0..size).rev() {
                if i + 1 < size {
                    vector[i] -= self.beside[i] * vector[i + 1];
                }
                vector[i] /= pivots[i];
            }
            let norm = vector.iter().fold(0.0f64, |max, v| max.max(v.abs()));
            vector.iter_mut().for_each(|v| *v /= norm);
        }
        let norm = length(&vector);
        vector.iter_mut().for_each(|v| *v /= norm);
        vector
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Q·diag(values)·Qᵀ with Q a product of reflections, and Q's first column.
    fn with_eigenvalues(values: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let n = values.len();
        let mut random = Random::new(1, n as u64);
        let mut q: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect();
        for _ in 0..3 {
            let mut axis: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let norm = length(&axis);
            axis.iter_mut().for_each(|v| *v /= norm);
            for row in &mut q {
                let part = 2.0 * dot(row, &axis);
                row.iter_mut().zip(&axis).for_each(|(r, a)| *r -= part * a);
            }
        }
        let entry = |i: usize, j: usize| (0..n).map(|k| q[i][k] * values[k] * q[j][k]).sum::<f64>();
        let matrix = (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect();
        (matrix, q.iter().map(|row| row[0]).collect())
    }

    fn check(values: &[f64], tolerance: f64) {
        let (matrix, expected) = with_eigenvalues(values);
        let (value, vector) =
            leading(values.len(), |x, y| y.iter_mut().zip(&matrix).for_each(|(y, row)| *y = dot(row, x)));
        assert!((value - values[0]).abs() <= 1e-12 * values[0].abs().max(1.0), "{value} instead of {}", values[0]);
        let sign = dot(&vector, &expected).signum();
        let error = vector.iter().zip(&expected).map(|(a, b)| (a - sign * b).abs()).fold(0.0, f64::max);
        assert!(error <= tolerance, "{values:?}: wrong by {error:e}");
    }

    #[test]
    fn the_leading_eigenvector_is_found() {
        check(&[3.0], 1e-15);
        check(&[5.0, 1.0], 1e-12);
        let decaying: Vec<f64> = (0..60).map(|k| 0.7f64.powi(k)).collect();
        check(&decaying, 1e-9);
        let spread: Vec<f64> = (0..200).map(|k| 1.0 - k as f64 / 200.0).collect();
        check(&spread, 1e-8);
        check(&[2.0, -7.0, 1.0, 0.0, -1.0], 1e-9);
    }

    #[test]
    fn a_close_second_is_told_apart() {
        let mut values: Vec<f64> = (0..100).map(|k| 0.5 - k as f64 / 300.0).collect();
        values[..3].copy_from_slice(&[1.0, 1.0 - 1e-6, 0.9]);
        check(&values, 1e-6);
    }

    #[test]
    fn nothing_comes_of_zeros() {
        let (value, vector) = leading(6, |_, y| y.fill(0.0));
        assert_eq!(value, 0.0);
        assert!((length(&vector) - 1.0).abs() < 1e-12);
    }
}
