//! What sums over dimensions are tried on: reductions, products and normalisations.

use heatlens_graph::Op;

use super::values::{Argument, Example, given, ints};

/// Two rows of three.
pub const X: [f64; 6] = [1.0, -2.0, 3.0, 0.5, 4.0, -1.0];

/// What the products multiply `X` with.
pub const W: [f64; 6] = [2.0, -1.0, 0.5, 3.0, 1.0, -2.0];
pub const W_TRANSPOSED: [f64; 6] = [2.0, 0.5, 1.0, -1.0, 3.0, -2.0];
/// [1 −2 3; ½ 4 −1] · [2 −1; ½ 3; 1 −2].
pub const XW: [f64; 4] = [4.0, -13.0, 2.0, 13.5];

/// A reduction of `X` over the columns, and over all but with the dimensions kept.
pub fn reduction(op: impl Fn(bool) -> Op, rows: [f64; 2], all: f64) -> Vec<Example> {
    vec![
        Example::new(op(false), vec![given(&[2, 3], &X), ints(&[1])], &[2], &rows),
        Example::new(op(true), vec![given(&[2, 3], &X), Argument::Absent], &[1, 1], &[all]),
    ]
}

/// `a (m × k) · b (k × n)`.
pub fn product(a: &[f64], b: &[f64], [m, k, n]: [usize; 3]) -> Vec<f64> {
    let element = |i: usize| (0..k).map(|l| a[i / n * k + l] * b[l * n + i % n]).sum();
    (0..m * n).map(element).collect()
}

/// The softmax of each row of `X`.
pub fn softmax() -> Vec<f64> {
    let shares = |row: &[f64]| -> Vec<f64> {
        let total: f64 = row.iter().map(|x| x.exp()).sum();
        row.iter().map(|x| x.exp() / total).collect()
    };
    X.chunks(3).flat_map(shares).collect()
}

/// Image, channels and cells as the normalisations are checked on them.
pub const CHANNELS: [usize; 4] = [1, 4, 1, 2];
pub const IMAGE: [f64; 8] = [1.0, 3.0, -2.0, 0.0, 5.0, 4.0, 0.5, -1.5];
pub const SCALE: [f64; 4] = [1.0, 2.0, 0.5, -1.0];
pub const BIAS: [f64; 4] = [0.0, 1.0, -1.0, 0.25];
pub const EPSILON: f64 = 0.125;

/// Each run of `run` elements of the image with mean 0 and variance 1 (but for ε).
pub fn normalised(run: usize) -> Vec<f64> {
    let normal = |run: &[f64]| -> Vec<f64> {
        let mean = run.iter().sum::<f64>() / run.len() as f64;
        let variance = run.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / run.len() as f64;
        run.iter().map(|x| (x - mean) / (variance + EPSILON).sqrt()).collect()
    };
    IMAGE.chunks(run).flat_map(normal).collect()
}

/// Scale and bias of each channel.
pub fn per_channel(x: &[f64]) -> Vec<f64> {
    x.iter().enumerate().map(|(i, x)| x * SCALE[i / 2] + BIAS[i / 2]).collect()
}
