//! Non-negative matrix factorisation.

use super::leading::dot;
use super::principal::Matrix;

/// One of the patterns that a matrix is the sum of.
pub(super) struct Factor {
    /// One value a channel.
    pub(super) pattern: Vec<f64>,
    /// One value a cell; the largest is 1, or all are 0.
    pub(super) place: Vec<f64>,
}

const MOST_ROUNDS: usize = 500;

/// The gain of a round, as a share of the error, below which it is the last.
const TOLERANCE: f64 = 1e-6;

/// `X ≈ Σ_j pattern_j placeᵀ_j` without negative values, least squares, at most `count` factors,
/// the weightiest first.
///
/// One factor after the other is solved exactly with the others held (HALS; Cichocki and Phan
/// 2009), from a start that is made of the singular vectors (NNDSVD; Boutsidis and Gallopoulos
/// 2008): nothing is drawn at random.
pub(super) fn factorise(matrix: &Matrix, count: usize) -> Vec<Factor> {
    let channels = matrix.channels().len();
    let count = count.min(channels).min(matrix.cells);
    let (mut patterns, mut places) = start(matrix, count);
    let squares = dot(&matrix.values, &matrix.values);
    let mut error = f64::INFINITY;
    for _ in 0..MOST_ROUNDS {
        update(&mut places, &patterns, &transposed_products(matrix, &patterns));
        let products = products(matrix, &places);
        update(&mut patterns, &places, &products);
        let fitted: f64 = patterns.iter().zip(&products).map(|(pattern, product)| dot(pattern, product)).sum();
        let overlap: f64 =
            pairs(count).map(|(i, j)| dot(&patterns[i], &patterns[j]) * dot(&places[i], &places[j])).sum();
        let now = squares - 2.0 * fitted + overlap;
        if error - now <= TOLERANCE * now.abs() {
            break;
        }
        error = now;
    }
    let mut factors: Vec<Factor> =
        patterns.into_iter().zip(places).map(|(pattern, place)| scaled(pattern, place)).collect();
    let weight = |factor: &Factor| dot(&factor.pattern, &factor.pattern) * dot(&factor.place, &factor.place);
    factors.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    factors
}

/// The largest value of the place becomes 1.
fn scaled(mut pattern: Vec<f64>, mut place: Vec<f64>) -> Factor {
    let largest = place.iter().copied().fold(0.0, f64::max);
    if largest > 0.0 {
        place.iter_mut().for_each(|v| *v /= largest);
        pattern.iter_mut().for_each(|v| *v *= largest);
    }
    Factor { pattern, place }
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |i| (0..count).map(move |j| (i, j)))
}

/// `X · place` for each.
fn products(matrix: &Matrix, places: &[Vec<f64>]) -> Vec<Vec<f64>> {
    places.iter().map(|place| matrix.channels().map(|channel| dot(channel, place)).collect()).collect()
}

/// `pattern · X` for each.
fn transposed_products(matrix: &Matrix, patterns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut products = vec![vec![0.0; matrix.cells]; patterns.len()];
    for (k, channel) in matrix.channels().enumerate() {
        for (product, pattern) in products.iter_mut().zip(patterns).filter(|(_, pattern)| pattern[k] != 0.0) {
            product.iter_mut().zip(channel).for_each(|(p, v)| *p += pattern[k] * v);
        }
    }
    products
}

/// Each of `free` in turn becomes the best that is not negative, given the others and what they are
/// multiplied with, `held`; `products` are those of X and `held`.
fn update(free: &mut [Vec<f64>], held: &[Vec<f64>], products: &[Vec<f64>]) {
    for j in 0..free.len() {
        let square = dot(&held[j], &held[j]);
        if square == 0.0 {
            continue;
        }
        let mut best = products[j].clone();
        for i in (0..free.len()).filter(|&i| i != j) {
            let overlap = dot(&held[i], &held[j]);
            best.iter_mut().zip(&free[i]).for_each(|(b, v)| *b -= overlap * v);
        }
        best.iter_mut().for_each(|b| *b = (*b / square).max(0.0));
        free[j] = best;
    }
}

/// For each singular pair, the side of it that outweighs the other.
fn start(matrix: &Matrix, count: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut rest = Matrix { cells: matrix.cells, values: matrix.values.clone() };
    let mut starts = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (_, right) = rest.leading();
        // The left singular vector times the singular value.
        let left: Vec<f64> = rest.channels().map(|channel| dot(channel, &right)).collect();
        for (channel, weight) in rest.values.chunks_exact_mut(matrix.cells).zip(&left) {
            channel.iter_mut().zip(&right).for_each(|(v, r)| *v -= weight * r);
        }
        let side = |vector: &[f64], sign: f64| vector.iter().map(|v| (sign * v).max(0.0)).collect::<Vec<_>>();
        let norm = |vector: &[f64]| dot(vector, vector).sqrt();
        let sides = [1.0, -1.0].map(|sign| (side(&left, sign), side(&right, sign)));
        let [weight, other] = [0, 1].map(|i: usize| norm(&sides[i].0) * norm(&sides[i].1));
        let [positive, negative] = sides;
        let (left, right) = if weight >= other { positive } else { negative };
        // Each factor of the pair takes the root of their weight.
        let (of_left, of_right) = (norm(&left), norm(&right));
        let root = (of_left * of_right).sqrt();
        let sized = |vector: Vec<f64>, norm: f64| {
            vector.into_iter().map(|v| if norm > 0.0 { v * root / norm } else { 0.0 }).collect()
        };
        starts.0.push(sized(left, of_left));
        starts.1.push(sized(right, of_right));
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn factors_that_are_there_are_found() {
        // Two patterns at places that do not overlap.
        let (patterns, places) = ([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]], [[1.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.25, 1.0]]);
        let value = |c: usize, z: usize| (0..2).map(|j| patterns[j][c] * places[j][z]).sum::<f64>();
        let values = (0..3).flat_map(|c| (0..4).map(move |z| (c, z))).map(|(c, z)| value(c, z)).collect();
        let factors = factorise(&Matrix { cells: 4, values }, 2);
        for (factor, j) in factors.iter().zip([1, 0]) {
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
            assert!(
                near(&factor.pattern, &patterns[j]) && near(&factor.place, &places[j]),
                "{:?} {:?}",
                factor.pattern,
                factor.place
            );
        }
    }

    #[test]
    fn nothing_is_negative_and_the_error_falls_with_every_factor() {
        let mut random = Random::new(2, 0);
        let matrix = Matrix { cells: 30, values: (0..20 * 30).map(|_| random.unit()).collect() };
        let error = |count: usize| {
            let factors = factorise(&matrix, count);
            assert!(factors.iter().all(|f| f.pattern.iter().chain(&f.place).all(|&v| v >= 0.0)));
            let fitted = |c: usize, z: usize| factors.iter().map(|f| f.pattern[c] * f.place[z]).sum::<f64>();
            matrix.values.iter().enumerate().map(|(i, v)| (v - fitted(i / 30, i % 30)).powi(2)).sum::<f64>()
        };
        let errors = [1, 2, 4, 8].map(error);
        assert!(errors.windows(2).all(|pair| pair[1] < 0.95 * pair[0]), "{errors:?}");
    }

    #[test]
    fn a_matrix_of_zeros_has_silent_factors() {
        let factors = factorise(&Matrix { cells: 4, values: vec![0.0; 12] }, 2);
        assert!(factors.iter().all(|f| f.place.iter().all(|&v| v == 0.0)));
    }
}
