//! Sums over dimensions: reductions, products and normalisations.

use heatlens_graph::Op;
use heatlens_graph::ops::*;

use crate::row::{Argument, Row, counted, given, ints, known};

/// Two rows of three.
const X: [f64; 6] = [1.0, -2.0, 3.0, 0.5, 4.0, -1.0];

pub fn rows() -> Vec<Row> {
    [reductions(), softmaxes(), products(), normalisations()].into_iter().flatten().collect()
}

/// Over the columns, and over all but with the dimensions kept.
fn reduction(op: impl Fn(bool) -> Op, rows: [f64; 2], all: f64) -> [Row; 2] {
    [
        Row::new(op(false), vec![given(&[2, 3], &X), ints(&[1])], &[2], &rows),
        Row::new(op(true), vec![given(&[2, 3], &X), Argument::Absent], &[1, 1], &[all]),
    ]
}

fn reductions() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(reduction(|keep_dims| ReduceSum { keep_dims }.into(), [2.0, 3.5], 5.5));
    rows.extend(reduction(|keep_dims| ReduceMean { keep_dims }.into(), [2.0 / 3.0, 3.5 / 3.0], 5.5 / 6.0));
    rows.extend(reduction(|keep_dims| ReduceMax { keep_dims }.into(), [3.0, 4.0], 4.0));
    rows.extend(reduction(|keep_dims| ReduceMin { keep_dims }.into(), [-2.0, -1.0], -2.0));
    rows.extend(reduction(|keep_dims| ReduceProd { keep_dims }.into(), [-6.0, -2.0], 12.0));
    let norms = [14f64.sqrt(), 17.25f64.sqrt()];
    rows.extend(reduction(|keep_dims| ReduceL2 { keep_dims }.into(), norms, 31.25f64.sqrt()));
    rows.push(Row::new(
        ReduceSum { keep_dims: true },
        vec![counted(&[1, 2, 2, 2]), ints(&[2, 3])],
        &[1, 2, 1, 1],
        &[6.0, 22.0],
    ));
    rows.push(Row::new(
        ReduceMean { keep_dims: true },
        vec![counted(&[1, 2, 2, 2]), ints(&[2, 3])],
        &[1, 2, 1, 1],
        &[1.5, 5.5],
    ));
    rows
}

fn softmaxes() -> Vec<Row> {
    let shares = |row: &[f64]| -> Vec<f64> {
        let total: f64 = row.iter().map(|x| x.exp()).sum();
        row.iter().map(|x| x.exp() / total).collect()
    };
    let softmax: Vec<f64> = X.chunks(3).flat_map(shares).collect();
    let logarithms: Vec<f64> = softmax.iter().map(|x| x.ln()).collect();
    // Along the first dimension pairs stand three apart.
    let down: Vec<f64> = (0..6).map(|i| X[i].exp() / (X[i % 3].exp() + X[i % 3 + 3].exp())).collect();
    vec![
        Row::new(Softmax { axis: -1 }, vec![given(&[2, 3], &X)], &[2, 3], &softmax),
        Row::new(Softmax { axis: 0 }, vec![given(&[2, 3], &X)], &[2, 3], &down),
        Row::new(LogSoftmax { axis: 1 }, vec![given(&[2, 3], &X)], &[2, 3], &logarithms),
    ]
}

/// `a (m × k) · b (k × n)`.
fn product(a: &[f64], b: &[f64], [m, k, n]: [usize; 3]) -> Vec<f64> {
    let element = |i: usize| (0..k).map(|l| a[i / n * k + l] * b[l * n + i % n]).sum();
    (0..m * n).map(element).collect()
}

fn products() -> Vec<Row> {
    let w = [2.0, -1.0, 0.5, 3.0, 1.0, -2.0];
    // [1 −2 3; ½ 4 −1] · [2 −1; ½ 3; 1 −2].
    let xw = [4.0, -13.0, 2.0, 13.5];
    assert_eq!(product(&X, &w, [2, 3, 2]), xw);
    let sums: Vec<f64> = xw.iter().enumerate().map(|(i, xw)| 0.5 * xw + 2.0 * [10.0, 20.0][i % 2]).collect();
    let transposed = [2.0, 0.5, 1.0, -1.0, 3.0, -2.0];
    let batch = [&w[..], &transposed].concat();
    let stacked = [product(&w, &X, [3, 2, 3]), product(&transposed, &X, [3, 2, 3])].concat();
    vec![
        Row::new(MatMul, vec![given(&[2, 3], &X), known(&[3, 2], &w)], &[2, 2], &xw),
        Row::new(MatMul, vec![given(&[2, 3, 2], &batch), given(&[2, 3], &X)], &[2, 3, 3], &stacked),
        Row::new(
            Gemm { alpha: 0.5, beta: 2.0, trans_a: false, trans_b: false },
            vec![given(&[2, 3], &X), known(&[3, 2], &w), known(&[2], &[10.0, 20.0])],
            &[2, 2],
            &sums,
        ),
        Row::new(
            Gemm { alpha: 1.0, beta: 1.0, trans_a: true, trans_b: true },
            vec![given(&[3, 2], &[1.0, 0.5, -2.0, 4.0, 3.0, -1.0]), given(&[2, 3], &transposed)],
            &[2, 2],
            &xw,
        ),
        Row::new(
            Einsum { equation: "bij,jk->bki".to_owned() },
            vec![given(&[1, 2, 3], &X), given(&[3, 2], &w)],
            &[1, 2, 2],
            &[4.0, 2.0, -13.0, 13.5],
        ),
    ]
}

/// Image, channels and cells as the normalisations are checked on them.
const SHAPE: [usize; 4] = [1, 4, 1, 2];
const IMAGE: [f64; 8] = [1.0, 3.0, -2.0, 0.0, 5.0, 4.0, 0.5, -1.5];
const SCALE: [f64; 4] = [1.0, 2.0, 0.5, -1.0];
const BIAS: [f64; 4] = [0.0, 1.0, -1.0, 0.25];
const EPSILON: f64 = 0.125;

/// Each run of `run` elements of the image with mean 0 and variance 1 (but for ε).
fn normalised(run: usize) -> Vec<f64> {
    let normal = |run: &[f64]| -> Vec<f64> {
        let mean = run.iter().sum::<f64>() / run.len() as f64;
        let variance = run.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / run.len() as f64;
        run.iter().map(|x| (x - mean) / (variance + EPSILON).sqrt()).collect()
    };
    IMAGE.chunks(run).flat_map(normal).collect()
}

fn per_channel(x: &[f64]) -> Vec<f64> {
    x.iter().enumerate().map(|(i, x)| x * SCALE[i / 2] + BIAS[i / 2]).collect()
}

fn normalisations() -> Vec<Row> {
    let epsilon = EPSILON as f32;
    let (image, scale, bias) = (given(&SHAPE, &IMAGE), known(&[4], &SCALE), known(&[4], &BIAS));
    let (means, variances) = ([0.5, -1.0, 4.0, 0.0], [1.0, 4.0, 0.25, 2.0]);
    let standardised: Vec<f64> =
        (0..8).map(|i| (IMAGE[i] - means[i / 2]) / (variances[i / 2] + EPSILON).sqrt()).collect();
    let affine = || vec![image.clone(), scale.clone(), bias.clone()];
    // Over three neighbouring channels, two cells apart.
    let squares = |i: usize| -> f64 {
        let near = |j: &usize| j % 2 == i % 2 && (j / 2).abs_diff(i / 2) <= 1;
        (0..8).filter(near).map(|j| IMAGE[j] * IMAGE[j]).sum()
    };
    let neighbours: Vec<f64> = (0..8).map(|i| IMAGE[i] / (2.0 + 0.5 / 3.0 * squares(i)).powf(0.75)).collect();
    vec![
        Row::new(
            BatchNormalization { epsilon },
            [affine(), vec![known(&[4], &means), known(&[4], &variances)]].concat(),
            &SHAPE,
            &per_channel(&standardised),
        ),
        Row::new(InstanceNormalization { epsilon }, affine(), &SHAPE, &per_channel(&normalised(2))),
        Row::new(GroupNormalization { groups: 2, epsilon }, affine(), &SHAPE, &per_channel(&normalised(4))),
        Row::new(
            LayerNormalization { axis: -1, epsilon },
            vec![given(&[2, 4], &IMAGE), known(&[4], &SCALE), known(&[4], &BIAS)],
            &[2, 4],
            &normalised(4).iter().enumerate().map(|(i, x)| x * SCALE[i % 4] + BIAS[i % 4]).collect::<Vec<_>>(),
        ),
        Row::new(Lrn { size: 3, alpha: 0.5, beta: 0.75, bias: 2.0 }, vec![image.clone()], &SHAPE, &neighbours),
    ]
}
