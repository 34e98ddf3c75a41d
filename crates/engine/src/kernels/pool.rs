//! Pooling: the largest or the mean of windows.

use heatlens_graph::ops::{AdaptiveAveragePool, AveragePool, MaxPool, Window};

use super::reduce;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered};
use crate::parallel;

/// The windows of a max-pool: output, input, and where they lie.
#[derive(Clone, Debug)]
pub(super) struct MaxWindows {
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
    kernel: [usize; 2],
    strides: [usize; 2],
    dilations: [usize; 2],
    pads: [usize; 2],
}

impl MaxWindows {
    /// The windows for an input and an output of these shapes.
    pub(super) fn new(op: &MaxPool, x: &[usize], y: &[usize]) -> Self {
        let [top, left, _, _] = op.pads(x);
        MaxWindows {
            input: [x[2], x[3]],
            output: [y[2], y[3]],
            kernel: op.kernel,
            strides: op.strides,
            dilations: op.dilations,
            pads: [top, left],
        }
    }

    /// Calls `f(window, cell)` for each window of a plane, with the first of its largest cells; a
    /// NaN counts as the largest, as in PyTorch.
    pub(super) fn largest(&self, x: &[f32], mut f: impl FnMut(usize, usize)) {
        for oy in 0..self.output[0] {
            for ox in 0..self.output[1] {
                let (mut cell, mut largest) = (None, f32::NEG_INFINITY);
                for y in self.taps(0, oy) {
                    for x_at in self.taps(1, ox) {
                        let at = y * self.input[1] + x_at;
                        if cell.is_none() || x[at] > largest || x[at].is_nan() {
                            (cell, largest) = (Some(at), x[at]);
                        }
                    }
                }
                f(oy * self.output[1] + ox, cell.unwrap_or(0));
            }
        }
    }

    /// The largest of each window of a plane, a row of taps at a time; a NaN counts as the largest.
    fn values(&self, x: &[f32], out: &mut [f32]) {
        let (stride, pad) = (self.strides[1], self.pads[1]);
        for (oy, out) in out.chunks_exact_mut(self.output[1].max(1)).enumerate() {
            out.fill(f32::NEG_INFINITY);
            for y in self.taps(0, oy) {
                let row = &x[y * self.input[1]..][..self.input[1]];
                for shift in (0..self.kernel[1]).map(|k| k * self.dilations[1]) {
                    let first = pad.saturating_sub(shift).div_ceil(stride);
                    let last = (row.len() + pad).saturating_sub(shift).div_ceil(stride).min(out.len());
                    if first < last {
                        let cells = row[first * stride + shift - pad..].iter().step_by(stride);
                        out[first..last]
                            .iter_mut()
                            .zip(cells)
                            .for_each(|(y, &x)| *y = if x > *y || x.is_nan() { x } else { *y });
                    }
                }
            }
        }
    }

    /// The first cell of window `i` along an axis that lies inside the input, how many do, and the
    /// step between them.
    #[inline(always)]
    pub(super) fn span(&self, axis: usize, i: usize) -> [usize; 3] {
        let (first, dilation, pad) = (i * self.strides[axis], self.dilations[axis], self.pads[axis]);
        let before = pad.saturating_sub(first).div_ceil(dilation).min(self.kernel[axis]);
        let end = (self.input[axis] + pad).saturating_sub(first).div_ceil(dilation).min(self.kernel[axis]);
        [(first + before * dilation).saturating_sub(pad), end.saturating_sub(before), dilation]
    }

    /// The cells of window `i` along an axis that lie inside the input.
    pub(super) fn taps(&self, axis: usize, i: usize) -> impl Iterator<Item = usize> + use<> {
        let (first, dilation, extent) = (i * self.strides[axis], self.dilations[axis], self.input[axis]);
        let pad = self.pads[axis];
        (0..self.kernel[axis]).map(move |k| (first + k * dilation).wrapping_sub(pad)).filter(move |&at| at < extent)
    }
}

/// The kernel of `MaxPool`.
pub(super) fn max(op: &MaxPool, ctx: &Context<'_>) -> Lowered {
    MaxKernel(MaxWindows::new(op, ctx.shape(0), ctx.output(0))).into()
}

struct MaxKernel(MaxWindows);

impl Kernel for MaxKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, cells) = (io.input(0), self.0.input[0] * self.0.input[1]);
        parallel::chunks(io.output(0), self.0.output[0] * self.0.output[1], |plane, out| {
            self.0.values(&x[plane * cells..][..cells], out);
        });
    }
}

/// The windows of a mean along both axes.
#[derive(Clone, Debug)]
pub(super) struct MeanWindows {
    pub(super) input: [usize; 2],
    pub(super) rows: Vec<Window>,
    pub(super) columns: Vec<Window>,
}

impl MeanWindows {
    /// The windows of an average pool.
    pub(super) fn average(op: &AveragePool, x: &[usize], y: &[usize]) -> Self {
        let windows = |axis: usize| (0..y[2 + axis]).map(|i| op.window(x, axis, i)).collect();
        MeanWindows { input: [x[2], x[3]], rows: windows(0), columns: windows(1) }
    }

    /// The windows of an adaptive average pool.
    pub(super) fn adaptive(x: &[usize], y: &[usize]) -> Self {
        let window =
            |range: std::ops::Range<usize>| Window { start: range.start, end: range.end, counted: range.len() };
        let windows =
            |axis: usize| (0..y[axis]).map(|i| window(AdaptiveAveragePool::window(x[axis], y[axis], i))).collect();
        MeanWindows { input: [x[2], x[3]], rows: windows(2), columns: windows(3) }
    }

    /// Number of windows.
    pub(super) fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// Calls `f(window, row, column, divisor)` for each window.
    pub(super) fn each(&self, mut f: impl FnMut(usize, &Window, &Window, f32)) {
        for (i, row) in self.rows.iter().enumerate() {
            for (j, column) in self.columns.iter().enumerate() {
                f(i * self.columns.len() + j, row, column, (row.counted * column.counted) as f32);
            }
        }
    }
}

/// The kernel of `AveragePool`.
pub(super) fn average(op: &AveragePool, ctx: &Context<'_>) -> Lowered {
    MeanKernel(MeanWindows::average(op, ctx.shape(0), ctx.output(0))).into()
}

/// The kernel of `AdaptiveAveragePool`.
pub(super) fn adaptive(op: &AdaptiveAveragePool, ctx: &Context<'_>) -> Lowered {
    let (x, y) = (ctx.shape(0), ctx.output(0));
    match op.output {
        [1, 1] => reduce::trailing(reduce::Kind::Mean, x, 2, ctx),
        _ if x == y => Lowered::View,
        _ => MeanKernel(MeanWindows::adaptive(x, y)).into(),
    }
}

struct MeanKernel(MeanWindows);

impl Kernel for MeanKernel {
    fn run(&self, io: &mut Io<'_>) {
        let [height, width] = self.0.input;
        let x = io.input(0);
        parallel::chunks(io.output(0), self.0.len(), |plane, out| {
            let x = &x[plane * height * width..][..height * width];
            self.0.each(|window, row, column, divisor| {
                let rows = x[row.start * width..row.end * width].chunks_exact(width);
                let sum: f32 = rows.map(|row| row[column.start..column.end].iter().sum::<f32>()).sum();
                out[window] = sum / divisor;
            });
        });
    }
}

/// The kernel of `GlobalAveragePool`.
pub(super) fn global_average(ctx: &Context<'_>) -> Lowered {
    reduce::trailing(reduce::Kind::Mean, ctx.shape(0), 2, ctx)
}

/// The kernel of `GlobalMaxPool`.
pub(super) fn global_max(ctx: &Context<'_>) -> Lowered {
    reduce::trailing(reduce::Kind::Max, ctx.shape(0), 2, ctx)
}
