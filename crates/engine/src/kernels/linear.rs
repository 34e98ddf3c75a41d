//! Products of few rows with a large matrix: fully connected layers and their gradients. Nothing is
//! packed, the weights are read once where they are.

use crate::parallel::{self, Shared};
use crate::simd::{Isa, LANES, Simd, Task};

/// Rows and weights whose products are computed together.
const ROWS: usize = 4;
const WEIGHTS: usize = 4;
/// Weights of one piece of work.
const GROUP: usize = 16;

/// `out[i][j] = ⟨x[i], weights[j]⟩` for m rows and n weights of k elements.
pub(super) fn multiply_transposed(isa: Isa, [m, k, n]: [usize; 3], x: &[f32], weights: &[f32], out: &mut [f32]) {
    assert!(x.len() == m * k && weights.len() == n * k && out.len() == m * n);
    let shared = Shared::new(out);
    parallel::for_each(n.div_ceil(GROUP), |group| {
        for j in (group * GROUP..n.min((group + 1) * GROUP)).step_by(WEIGHTS) {
            for i in (0..m).step_by(ROWS) {
                let (rows, columns) = (ROWS.min(m - i), WEIGHTS.min(n - j));
                // SAFETY: (i, j) is an element of `out`; tiles of different tasks are apart.
                let out = unsafe { shared.at(i * n + j) };
                isa.run(Dots {
                    k,
                    n,
                    rows,
                    columns,
                    x: &x[i * k..][..rows * k],
                    weights: &weights[j * k..][..columns * k],
                    out,
                });
            }
        }
    });
}

/// Up to 4 × 4 inner products. `out` is valid for writes of `rows` × `columns` at row stride `n`,
/// and nobody else touches them.
struct Dots<'a> {
    k: usize,
    n: usize,
    rows: usize,
    columns: usize,
    x: &'a [f32],
    weights: &'a [f32],
    out: *mut f32,
}

impl Task for Dots<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the slices hold `rows` and `columns` times k floats, as `multiply_transposed` cut
        // them; `out` as the struct says.
        unsafe {
            match (self.rows, self.columns) {
                (4, 4) => self.compute::<S, 4, 4>(0, 0),
                (1, 4) => self.compute::<S, 1, 4>(0, 0),
                _ => {
                    for i in 0..self.rows {
                        for j in 0..self.columns {
                            self.compute::<S, 1, 1>(i, j);
                        }
                    }
                }
            }
        }
    }
}

impl Dots<'_> {
    #[inline(always)]
    unsafe fn compute<S: Simd, const R: usize, const C: usize>(&self, i: usize, j: usize) {
        let k = self.k;
        // SAFETY: rows i.. i + R and weights j.. j + C are inside the slices, see `run`.
        unsafe {
            let (x, weights) = (self.x.as_ptr().add(i * k), self.weights.as_ptr().add(j * k));
            let mut sums = [[S::zero(); C]; R];
            let whole = k - k % LANES;
            for at in (0..whole).step_by(LANES) {
                let mut w = [S::zero(); C];
                for (c, w) in w.iter_mut().enumerate() {
                    *w = S::load(weights.add(c * k + at));
                }
                for (r, row) in sums.iter_mut().enumerate() {
                    let x = S::load(x.add(r * k + at));
                    for (sum, w) in row.iter_mut().zip(w) {
                        *sum = S::fma(x, w, *sum);
                    }
                }
            }
            for (r, row) in sums.iter().enumerate() {
                for (c, &sum) in row.iter().enumerate() {
                    let rest: f32 = (whole..k).map(|at| *x.add(r * k + at) * *weights.add(c * k + at)).sum();
                    *self.out.add((i + r) * self.n + j + c) = horizontal::<S>(sum) + rest;
                }
            }
        }
    }
}

/// Columns of one piece of work: a strip of the result stays in the first-level cache.
const STRIP: usize = 2048;
/// Rows of the matrix, cut to a strip, that stay in the second-level cache while all rows of the
/// result take theirs.
const DEPTH: usize = 32;

/// `out[i] = Σ x[i][j] · weights[j]` for m rows, k summed elements and n columns: one chain of
/// additions over j for each element, which begins at zero.
///
/// Rows of `weights` whose factor is zero are not read: of the gradient behind a ReLU about half
/// are, of a class's seed all but one. So a weight that is no finite number counts only where its
/// factor is not zero.
pub(super) fn multiply_rows(isa: Isa, [m, k, n]: [usize; 3], x: &[f32], weights: &[f32], out: &mut [f32]) {
    assert!(x.len() == m * k && weights.len() == k * n && out.len() == m * n);
    let shared = Shared::new(out);
    parallel::for_each(n.div_ceil(STRIP), |strip| {
        let (first, len) = (strip * STRIP, STRIP.min(n - strip * STRIP));
        for from in (0..k.max(1)).step_by(DEPTH) {
            for i in 0..m {
                // SAFETY: columns `first..` of row i are inside `out`, and only this task touches
                // them.
                let out = unsafe { std::slice::from_raw_parts_mut(shared.at(i * n + first), len) };
                if from == 0 {
                    out.fill(0.0);
                }
                isa.run(AddRows {
                    x: &x[i * k..][..k][from..k.min(from + DEPTH)],
                    weights: &weights[(from * n).min(weights.len())..],
                    n,
                    first,
                    out,
                });
            }
        }
    });
}

/// `out += Σ x[j] · weights[j · n + first ..]`.
struct AddRows<'a> {
    x: &'a [f32],
    weights: &'a [f32],
    n: usize,
    first: usize,
    out: &'a mut [f32],
}

impl Task for AddRows<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let mut rows = [(0.0, &self.weights[..0]); 4];
        let mut held = 0;
        for (j, &x) in self.x.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            rows[held] = (x, &self.weights[j * self.n + self.first..][..self.out.len()]);
            held += 1;
            if held == rows.len() {
                // SAFETY: the caller's promise.
                unsafe { add_rows::<S, 4>(rows, self.out) };
                held = 0;
            }
        }
        for &row in &rows[..held] {
            // SAFETY: the caller's promise.
            unsafe { add_rows::<S, 1>([row], self.out) };
        }
    }
}

/// `out += Σ factor · row`, the first row first.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
unsafe fn add_rows<S: Simd, const R: usize>(rows: [(f32, &[f32]); R], out: &mut [f32]) {
    assert!(rows.iter().all(|(_, row)| row.len() == out.len()));
    let whole = out.len() - out.len() % LANES;
    // SAFETY: whole vectors inside slices of the same length.
    unsafe {
        for at in (0..whole).step_by(LANES) {
            let to = out.as_mut_ptr().add(at);
            let mut sum = S::load(to);
            for (factor, row) in &rows {
                sum = S::fma(S::splat(*factor), S::load(row.as_ptr().add(at)), sum);
            }
            S::store(to, sum);
        }
        if whole < out.len() {
            let mut last = [0.0; LANES];
            let rest = out.len() - whole;
            last[..rest].copy_from_slice(&out[whole..]);
            let mut sum = S::load(last.as_ptr());
            for (factor, row) in rows {
                let mut lanes = [0.0; LANES];
                lanes[..rest].copy_from_slice(&row[whole..]);
                sum = S::fma(S::splat(factor), S::load(lanes.as_ptr()), sum);
            }
            S::store(last.as_mut_ptr(), sum);
            out[whole..].copy_from_slice(&last[..rest]);
        }
    }
}

/// The sum of the lanes, as a balanced tree.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
unsafe fn horizontal<S: Simd>(v: S::V) -> f32 {
    let mut lanes = [0.0; LANES];
    // SAFETY: the array has room for 16 floats.
    unsafe { S::store(lanes.as_mut_ptr(), v) };
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0]
}
