//! Convolutions, pooling and resampling of images.

use heatlens_graph::ops::*;

use crate::row::{Argument, Row, count, counted, given, known};

/// One channel of 4 × 4 cells, 0 to 15.
const MAP: [usize; 4] = [1, 1, 4, 4];

pub fn rows() -> Vec<Row> {
    [convolutions(), maxima(), means(), resampling()].into_iter().flatten().collect()
}

/// Numbers of either sign without a pattern.
fn mixed(len: usize) -> Vec<f64> {
    (0..len).map(|i| ((i * 37 + 11) % 16) as f64 / 4.0 - 2.0).collect()
}

/// A convolution of one image by its definition; `pads` are those at the top and the left.
struct Convolution {
    /// Channels, rows, columns.
    x: [usize; 3],
    y: [usize; 3],
    kernel: [usize; 2],
    strides: [usize; 2],
    dilations: [usize; 2],
    pads: [usize; 2],
    group: usize,
}

impl Convolution {
    /// Calls `f(x, weight, y)` with the positions of each product: of weights (filter, channel of
    /// the group, row, column).
    fn products(&self, mut f: impl FnMut(usize, usize, usize)) {
        let [channels, height, width] = self.x;
        let ([filters, rows, columns], [kh, kw]) = (self.y, self.kernel);
        let of_group = channels / self.group;
        for filter in 0..filters {
            for channel in 0..of_group {
                for (oy, ox) in (0..rows).flat_map(|oy| (0..columns).map(move |ox| (oy, ox))) {
                    for (ky, kx) in (0..kh).flat_map(|ky| (0..kw).map(move |kx| (ky, kx))) {
                        let iy = (oy * self.strides[0] + ky * self.dilations[0]).wrapping_sub(self.pads[0]);
                        let ix = (ox * self.strides[1] + kx * self.dilations[1]).wrapping_sub(self.pads[1]);
                        if iy < height && ix < width {
                            let from = filter / (filters / self.group) * of_group + channel;
                            let weight = ((filter * of_group + channel) * kh + ky) * kw + kx;
                            f((from * height + iy) * width + ix, weight, (filter * rows + oy) * columns + ox);
                        }
                    }
                }
            }
        }
    }

    fn forward(&self, x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let cells = self.y[1] * self.y[2];
        let mut y: Vec<f64> = (0..self.y[0] * cells).map(|i| bias[i / cells]).collect();
        self.products(|i, w, o| y[o] += x[i] * weight[w]);
        y
    }

    /// The transpose: what each of this convolution's outputs adds to its inputs.
    fn transpose(&self, y: &[f64], weight: &[f64]) -> Vec<f64> {
        let mut x = vec![0.0; self.x.iter().product()];
        self.products(|i, w, o| x[i] += y[o] * weight[w]);
        x
    }
}

fn convolutions() -> Vec<Row> {
    let plain = Convolution {
        x: [2, 4, 3],
        y: [3, 4, 3],
        kernel: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        pads: [1, 1],
        group: 1,
    };
    let grouped = Convolution {
        x: [4, 5, 4],
        y: [2, 2, 4],
        kernel: [2, 2],
        strides: [2, 1],
        dilations: [2, 1],
        pads: [0, 1],
        group: 2,
    };
    let (x, w, bias) = (mixed(24), mixed(54), [0.5, -1.0, 2.0]);
    let (gx, gw) = (mixed(80), mixed(16));
    let grouped_op = Conv { strides: [2, 1], dilations: [2, 1], padding: Padding::Explicit([0, 1, 0, 0]), group: 2 };
    // The transpose of `grouped` takes its outputs to its inputs.
    let transposed_op = ConvTranspose {
        strides: [2, 1],
        dilations: [2, 1],
        padding: Padding::Explicit([0, 1, 0, 0]),
        output_padding: [0, 0],
        group: 2,
    };
    let y = mixed(16);
    vec![
        Row::new(
            Conv { padding: Padding::symmetric([1, 1]), ..Conv::default() },
            vec![given(&[1, 2, 4, 3], &x), known(&[3, 2, 3, 3], &w), known(&[3], &bias)],
            &[1, 3, 4, 3],
            &plain.forward(&x, &w, &bias),
        ),
        Row::new(
            grouped_op,
            vec![given(&[1, 4, 5, 4], &gx), known(&[2, 2, 2, 2], &gw)],
            &[1, 2, 2, 4],
            &grouped.forward(&gx, &gw, &[0.0; 2]),
        ),
        Row::new(
            transposed_op,
            vec![given(&[1, 2, 2, 4], &y), known(&[2, 2, 2, 2], &gw)],
            &[1, 4, 5, 4],
            &grouped.transpose(&y, &gw)[..],
        ),
        // Each cell spreads into a window of its own.
        Row::new(
            ConvTranspose {
                strides: [2, 2],
                dilations: [1, 1],
                padding: Padding::NONE,
                output_padding: [0, 0],
                group: 1,
            },
            vec![given(&[1, 1, 1, 2], &[1.0, 10.0]), known(&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]), known(&[1], &[0.5])],
            &[1, 1, 2, 4],
            &[1.5, 2.5, 10.5, 20.5, 3.5, 4.5, 30.5, 40.5],
        ),
    ]
}

/// Windows of 2 × 2 that do not overlap.
fn max_pool() -> MaxPool {
    MaxPool { kernel: [2; 2], strides: [2; 2], dilations: [1; 2], padding: Padding::NONE, ceil_mode: false }
}

fn maxima() -> Vec<Row> {
    let elsewhere: Vec<f64> = (0..16).map(|i| f64::from(100 + i)).collect();
    let mut dx = [0.0; 16];
    [(5, 1.0), (7, 2.0), (13, 3.0), (15, 4.0)].into_iter().for_each(|(cell, dy)| dx[cell] = dy);
    vec![
        Row::new(max_pool(), vec![counted(&MAP)], &[1, 1, 2, 2], &[5.0, 7.0, 13.0, 15.0]),
        // Padding never wins, and the last window hangs over the edge.
        Row::new(
            MaxPool {
                kernel: [1, 2],
                strides: [1, 2],
                padding: Padding::Explicit([0, 1, 0, 0]),
                ceil_mode: true,
                ..max_pool()
            },
            vec![given(&[1, 1, 1, 4], &[-5.0, -3.0, -4.0, -2.0])],
            &[1, 1, 1, 3],
            &[-5.0, -3.0, -2.0],
        ),
        Row::new(
            MaxPoolGrad { pool: max_pool() },
            vec![counted(&MAP), given(&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0])],
            &MAP,
            &dx,
        ),
        // Of equal cells the first takes all.
        Row::new(
            MaxPoolGrad { pool: max_pool() },
            vec![given(&[1, 1, 2, 2], &[3.0; 4]), given(&[1, 1, 1, 1], &[7.0])],
            &[1, 1, 2, 2],
            &[7.0, 0.0, 0.0, 0.0],
        ),
        Row::new(
            MaxPoolPick { pool: max_pool() },
            vec![counted(&MAP), given(&MAP, &elsewhere)],
            &[1, 1, 2, 2],
            &[105.0, 107.0, 113.0, 115.0],
        ),
        Row::new(GlobalMaxPool, vec![counted(&[1, 2, 2, 2])], &[1, 2, 1, 1], &[3.0, 7.0]),
    ]
}

fn means() -> Vec<Row> {
    let pool = AveragePool {
        kernel: [2; 2],
        strides: [2; 2],
        padding: Padding::NONE,
        ceil_mode: false,
        count_include_pad: false,
    };
    let padded = |count_include_pad| AveragePool {
        kernel: [1, 2],
        strides: [1, 2],
        padding: Padding::symmetric([0, 1]),
        count_include_pad,
        ..pool
    };
    let quarters = [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 3.0, 3.0, 4.0, 4.0];
    let pair = || vec![given(&[1, 1, 1, 2], &[4.0, 6.0])];
    let overlapping = [1.0, 3.0, 5.0, 3.0, 1.0, 3.0, 5.0, 3.0, 4.0, 9.0, 11.0, 6.0, 4.0, 9.0, 11.0, 6.0];
    vec![
        Row::new(pool, vec![counted(&MAP)], &[1, 1, 2, 2], &[2.5, 4.5, 10.5, 12.5]),
        Row::new(padded(false), pair(), &[1, 1, 1, 2], &[4.0, 6.0]),
        Row::new(padded(true), pair(), &[1, 1, 1, 2], &[2.0, 3.0]),
        Row::new(
            AveragePoolGrad { pool, input: [4, 4] },
            vec![given(&[1, 1, 2, 2], &[4.0, 8.0, 12.0, 16.0])],
            &MAP,
            &quarters,
        ),
        // Columns 0 to 1, 1 to 2 and 2 to 3.
        Row::new(
            AdaptiveAveragePool { output: [2, 3] },
            vec![counted(&MAP)],
            &[1, 1, 2, 3],
            &[2.5, 3.5, 4.5, 10.5, 11.5, 12.5],
        ),
        Row::new(
            AdaptiveAveragePoolGrad { input: [4, 4] },
            vec![given(&[1, 1, 2, 3], &[4.0, 8.0, 12.0, 16.0, 20.0, 24.0])],
            &MAP,
            &overlapping,
        ),
        Row::new(GlobalAveragePool, vec![counted(&[1, 2, 2, 2])], &[1, 2, 1, 1], &[1.5, 5.5]),
    ]
}

fn resampling() -> Vec<Row> {
    let resize = |mode, coordinates, nearest, columns: f64, expected: &[f64]| {
        let scales = known(&[4], &[1.0, 1.0, 1.0, columns]);
        let cells = (expected.len() as f64 / columns) as usize;
        let x = given(&[1, 1, 1, cells], &count(cells));
        Row::new(
            Resize { mode, coordinates, nearest },
            vec![x, Argument::Absent, scales],
            &[1, 1, 1, expected.len()],
            expected,
        )
    };
    let (nearest, linear, floor) = (ResizeMode::Nearest, ResizeMode::Linear, NearestMode::Floor);
    vec![
        resize(nearest, Coordinates::Asymmetric, floor, 2.0, &[0.0, 0.0, 1.0, 1.0]),
        resize(nearest, Coordinates::Asymmetric, NearestMode::Ceil, 2.0, &[0.0, 1.0, 1.0, 1.0]),
        resize(linear, Coordinates::HalfPixel, floor, 2.0, &[0.0, 0.25, 0.75, 1.0]),
        resize(linear, Coordinates::AlignCorners, floor, 2.0, &[0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]),
        resize(linear, Coordinates::HalfPixel, floor, 0.5, &[0.5, 2.5]),
    ]
}
