//! Separable resampling: for every output position along an axis, the input positions it reads and
//! their weights.

use crate::simd::wide;

/// The weights of one axis. Output `i` is the sum over `k < counts[i]` of `weights[i * stride + k]`
/// times input `starts[i] + k`.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Taps {
    pub starts: Vec<usize>,
    pub counts: Vec<usize>,
    pub weights: Vec<f32>,
    pub stride: usize,
}

impl Taps {
    /// From the weights of every output position: `(index, weight)` pairs whose indices may lie
    /// outside `0..input`, where the edge repeats.
    pub fn clamped(input: usize, outputs: impl Iterator<Item = Vec<(isize, f32)>>) -> Self {
        let rows: Vec<(usize, Vec<f32>)> = outputs.map(|pairs| gather(input, &pairs)).collect();
        let stride = rows.iter().map(|(_, w)| w.len()).max().unwrap_or(1);
        let mut weights = vec![0.0; rows.len() * stride];
        for (to, (_, from)) in weights.chunks_exact_mut(stride).zip(&rows) {
            to[..from.len()].copy_from_slice(from);
        }
        Self {
            starts: rows.iter().map(|r| r.0).collect(),
            counts: rows.iter().map(|r| r.1.len()).collect(),
            weights,
            stride,
        }
    }

    /// Linear interpolation at the given positions, in pixel centres (0.0 is the middle of the
    /// first pixel), the edge repeated.
    pub fn linear(input: usize, positions: impl Iterator<Item = f64>) -> Self {
        Self::clamped(
            input,
            positions.map(|position| {
                // Like OpenCV: the position is rounded to f32 before its fraction is taken.
                let position = (position as f32).clamp(-1.0, input as f32);
                let base = position.floor();
                let fraction = position - base;
                vec![(base as isize, 1.0 - fraction), (base as isize + 1, fraction)]
            }),
        )
    }

    fn of(&self, output: usize) -> (usize, &[f32]) {
        (self.starts[output], &self.weights[output * self.stride..][..self.counts[output]])
    }

    pub fn len(&self) -> usize {
        self.starts.len()
    }
}

/// Adds up the weights that fall on the same input position after clamping.
fn gather(input: usize, pairs: &[(isize, f32)]) -> (usize, Vec<f32>) {
    let last = input as isize - 1;
    let clamp = |i: isize| i.clamp(0, last) as usize;
    let first = pairs.iter().map(|p| clamp(p.0)).min().unwrap_or(0);
    let end = pairs.iter().map(|p| clamp(p.0)).max().unwrap_or(0);
    let mut weights = vec![0.0; end - first + 1];
    for &(index, weight) in pairs {
        weights[clamp(index) - first] += weight;
    }
    (first, weights)
}

/// Columns first, then rows, in f32: the order of all three libraries.
pub(crate) fn apply(values: &[f32], size: [usize; 2], channels: usize, rows: Taps, columns: &Taps) -> Vec<f32> {
    let resized = Resized::new(values, size, channels, rows, columns);
    apply_rows(&resized.narrow, resized.row_length, &resized.rows)
}

/// What [`apply`] makes, a row at a time: a large picture need not be held.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Resized {
    /// The rows that are read, with all their columns.
    narrow: Vec<f32>,
    row_length: usize,
    rows: Taps,
}

impl Resized {
    pub fn new(values: &[f32], [_, width]: [usize; 2], channels: usize, mut rows: Taps, columns: &Taps) -> Self {
        // Only the rows that the second pass reads.
        let first = rows.starts.iter().copied().min().unwrap_or(0);
        let end = rows.starts.iter().zip(&rows.counts).map(|(s, c)| s + c).max().unwrap_or(0);
        let row_length = width * channels;
        let narrow = apply_columns(&values[first * row_length..end * row_length], width, channels, columns);
        rows.starts.iter_mut().for_each(|start| *start -= first);
        Resized { narrow, row_length: columns.len() * channels, rows }
    }

    /// Row `y`, of as many values as there are columns and channels.
    pub fn row(&self, y: usize, to: &mut [f32]) {
        to.fill(0.0);
        wide(
            #[inline(always)]
            || add_rows(&self.narrow, self.row_length, self.rows.of(y), to),
        );
    }
}

/// Every row of `width` pixels with 1 or 3 interleaved channels becomes one of `columns.len()`
/// pixels.
pub(super) fn apply_columns(values: &[f32], width: usize, channels: usize, columns: &Taps) -> Vec<f32> {
    let row_length = columns.len() * channels;
    let mut out = vec![0.0f32; values.len() / (width * channels) * row_length];
    for (to, from) in out.chunks_exact_mut(row_length).zip(values.chunks_exact(width * channels)) {
        match channels {
            1 => filter_row::<1>(from, to, columns),
            _ => filter_row::<3>(from, to, columns),
        }
    }
    out
}

/// `rows.len()` rows, each a sum of the rows of `row_length` values that there are.
pub(super) fn apply_rows(values: &[f32], row_length: usize, rows: &Taps) -> Vec<f32> {
    let mut out = vec![0.0f32; rows.len() * row_length];
    wide(
        #[inline(always)]
        || {
            for (y, to) in out.chunks_exact_mut(row_length).enumerate() {
                add_rows(values, row_length, rows.of(y), to);
            }
        },
    );
    out
}

#[inline(always)]
fn add_rows(values: &[f32], row_length: usize, (start, weights): (usize, &[f32]), to: &mut [f32]) {
    for (&weight, from) in weights.iter().zip(values[start * row_length..].chunks_exact(row_length)) {
        add(weight, from, to);
    }
}

#[inline(always)]
fn add(weight: f32, from: &[f32], to: &mut [f32]) {
    to.iter_mut().zip(from).for_each(|(sum, v)| *sum += weight * v);
}

/// Adds row `y` of the input to every output row of `sums` that reads it. Once every row was handed
/// over in its order, `sums` is what [`apply_rows`] makes of all of them.
pub(super) fn spread_row(values: &[f32], y: usize, rows: &Taps, sums: &mut [f32]) {
    for (output, sums) in sums.chunks_exact_mut(values.len()).enumerate() {
        let (start, weights) = rows.of(output);
        if let Some(&weight) = y.checked_sub(start).and_then(|k| weights.get(k)) {
            wide(
                #[inline(always)]
                || add(weight, values, sums),
            );
        }
    }
}

fn filter_row<const C: usize>(from: &[f32], to: &mut [f32], columns: &Taps) {
    for (x, pixel) in to.chunks_exact_mut(C).enumerate() {
        let (start, weights) = columns.of(x);
        // Enlarging linearly, which every map is.
        if let (1, &[left, right]) = (C, weights) {
            pixel[0] = left * from[start] + right * from[start + 1];
            continue;
        }
        let mut sum = [0.0f32; C];
        for (weight, value) in weights.iter().zip(from[start * C..].chunks_exact(C)) {
            for c in 0..C {
                sum[c] += weight * value[c];
            }
        }
        pixel.copy_from_slice(&sum);
    }
}
