//! Noisy linear imputation: every removed pixel becomes the weighted mean of its eight neighbours,
//! all at once (ROAD, arXiv 2202.00449).
//!
//! With weights w of 1/6 for the four direct neighbours and 1/12 for the diagonal ones, those
//! outside the image left out, the removed pixels solve `Σ_j w_ij (x_i − x_j) = 0`. Conjugate
//! gradients with a multigrid cycle as preconditioner take some ten steps whatever the size of the
//! holes.

use super::grid::{Grid, hierarchy};
use crate::metrics::MetricError;

/// Residual, relative to the right-hand side, at which the system counts as solved.
const TOLERANCE: f64 = 1e-9;
/// Never needed: a stop for values that are not numbers.
const MOST_STEPS: usize = 200;

/// An image, channels first and `[height, width]` in size, with its `removed` pixels imputed,
/// without noise.
///
/// # Errors
/// [`MetricError::Sizes`]; [`MetricError::FullMask`] where no pixel is left to impute from.
pub fn impute(image: &[f32], [height, width]: [usize; 2], removed: &[bool]) -> Result<Vec<f32>, MetricError> {
    if removed.is_empty() || removed.len() != height * width || !image.len().is_multiple_of(removed.len()) {
        return Err(MetricError::Sizes { map: removed.len(), other: image.len() });
    }
    if removed.iter().all(|&r| r) {
        return Err(MetricError::FullMask);
    }
    let mut imputed = image.to_vec();
    if removed.contains(&true) {
        let mut grids = hierarchy(height, width, removed);
        imputed.chunks_exact_mut(removed.len()).for_each(|channel| solve(&mut grids, channel));
    }
    Ok(imputed)
}

/// Replaces the removed pixels of one channel.
fn solve(grids: &mut [Grid], channel: &mut [f32]) {
    let grid = &grids[0];
    let known = grid.bordered(channel, |free| 1.0 - free);
    let mut right = vec![0.0; known.len()];
    grid.sum_of_neighbours(&known, &mut right);
    grid.keep_free(&mut right);
    let solution = conjugate_gradients(grids, right);
    let grid = &grids[0];
    for (y, row) in channel.chunks_exact_mut(grid.width).enumerate() {
        let at = grid.at(y, 0);
        let (free, solved) = (&grid.free[at..], &solution[at..]);
        row.iter_mut()
            .zip(free.iter().zip(solved))
            .filter(|(_, (free, _))| **free > 0.0)
            .for_each(|(v, (_, &s))| *v = s as f32);
    }
}

/// Solves `A x = right` (Shewchuk 1994, algorithm B3).
fn conjugate_gradients(grids: &mut [Grid], mut residual: Vec<f64>) -> Vec<f64> {
    let cells = residual.len();
    let (mut solution, mut image) = (vec![0.0; cells], vec![0.0; cells]);
    let enough = TOLERANCE * TOLERANCE * dot(&residual, &residual);
    let mut direction = cycle(grids, &residual);
    let mut rho = dot(&residual, &direction);
    for _ in 0..MOST_STEPS {
        grids[0].apply(&direction, &mut image);
        let curvature = dot(&direction, &image);
        if curvature.is_nan() || curvature <= 0.0 {
            break;
        }
        let step = rho / curvature;
        solution.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
        residual.iter_mut().zip(&image).for_each(|(r, q)| *r -= step * q);
        if dot(&residual, &residual) <= enough {
            break;
        }
        let better = cycle(grids, &residual);
        let next = dot(&residual, &better);
        direction.iter_mut().zip(&better).for_each(|(d, z)| *d = z + next / rho * *d);
        rho = next;
    }
    solution
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums at once let the processor add in parallel.
    let (mut sums, (a4, b4)) = ([0.0; 4], (a.chunks_exact(4), b.chunks_exact(4)));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(x, y)| x * y).sum();
    a4.zip(b4).for_each(|(x, y)| sums.iter_mut().zip(x.iter().zip(y)).for_each(|(sum, (x, y))| *sum += x * y));
    sums.iter().sum::<f64>() + rest
}

/// One multigrid cycle for `A x = right`: smooth, correct from the coarser grid, smooth. Symmetric
/// and positive definite, as a preconditioner must be.
fn cycle(grids: &mut [Grid], right: &[f64]) -> Vec<f64> {
    let (grid, coarser) = grids.split_first_mut().expect("a grid at least");
    let mut x: Vec<f64> = right.iter().zip(&grid.smoother).map(|(r, s)| r * s).collect();
    let mut residual = vec![0.0; right.len()];
    let sweeps = if coarser.is_empty() { COARSEST_SWEEPS } else { 1 };
    if let Some(coarse) = coarser.first() {
        grid.residual(&x, right, &mut residual);
        let coarse_right = grid.restrict(&residual, coarse);
        let correction = cycle(coarser, &coarse_right);
        grid.prolong_onto(&correction, &coarser[0], &mut x);
    }
    for _ in 0..sweeps {
        grid.residual(&x, right, &mut residual);
        x.iter_mut().zip(residual.iter().zip(&grid.smoother)).for_each(|(x, (r, s))| *x += r * s);
    }
    x
}

/// Sweeps where there is no coarser grid.
const COARSEST_SWEEPS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest difference between an imputed pixel and the weighted mean of its neighbours.
    fn largest_residual(image: &[f32], [height, width]: [usize; 2], removed: &[bool]) -> f32 {
        let mut worst = 0.0f32;
        for i in (0..removed.len()).filter(|&i| removed[i]) {
            let (y, x) = (i / width, i % width);
            let (mut sum, mut weights) = (0.0, 0.0);
            for (v, u) in (-1i64..=1).flat_map(|v| (-1i64..=1).map(move |u| (v, u))).filter(|&n| n != (0, 0)) {
                let (ny, nx) = (y as i64 + v, x as i64 + u);
                if (0..height as i64).contains(&ny) && (0..width as i64).contains(&nx) {
                    let weight = if v == 0 || u == 0 { 1.0 / 6.0 } else { 1.0 / 12.0 };
                    (sum, weights) = (sum + weight * image[ny as usize * width + nx as usize], weights + weight);
                }
            }
            worst = worst.max((image[i] - sum / weights).abs());
        }
        worst
    }

    #[test]
    fn removed_pixels_are_the_mean_of_their_neighbours() {
        let size = [37, 50];
        let image: Vec<f32> = (0..37 * 50).map(|i| ((i * 7919) % 256) as f32 / 128.0 - 1.0).collect();
        let wave = |i: usize| ((i % 50) as f32 / 9.0).sin() * ((i / 50) as f32 / 7.0).cos();
        let masks: [&dyn Fn(usize) -> bool; 4] =
            [&|i| i % 3 == 0, &|i| i != 1234, &|i| wave(i) > -0.6, &|i| i < 50 * 36];
        for is_removed in masks {
            let removed: Vec<bool> = (0..37 * 50).map(is_removed).collect();
            let imputed = impute(&image, size, &removed).unwrap();
            assert!(largest_residual(&imputed, size, &removed) < 1e-6);
            assert!((0..removed.len()).all(|i| removed[i] || imputed[i] == image[i]));
        }
    }

    #[test]
    fn a_ramp_is_continued_and_a_constant_kept() {
        let mut removed = vec![false; 16 * 16];
        (5..11).for_each(|y| (4..12).for_each(|x| removed[y * 16 + x] = true));
        let ramp: Vec<f32> = (0..256).map(|i| (i % 16) as f32).chain((0..256).map(|_| 3.0)).collect();
        let imputed = impute(&ramp, [16, 16], &removed).unwrap();
        assert!(imputed.iter().zip(&ramp).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn nothing_removed_and_nothing_left() {
        let image = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(impute(&image, [2, 2], &[false; 4]).unwrap(), image);
        assert_eq!(impute(&image, [2, 2], &[true; 4]), Err(MetricError::FullMask));
        assert_eq!(impute(&image, [2, 2], &[true; 3]), Err(MetricError::Sizes { map: 3, other: 4 }));
    }
}
