//! Gradients of pooling.

use heatlens_graph::ops::{AdaptiveAveragePoolGrad, AveragePoolGrad, MaxPoolGrad, MaxPoolPick};

use super::pool::{MaxWindows, MeanWindows};
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered};
use crate::parallel;

/// The kernel of `MaxPoolGrad`.
pub(super) fn max(op: &MaxPoolGrad, ctx: &Context<'_>) -> Lowered {
    MaxGradKernel(MaxWindows::new(&op.pool, ctx.shape(0), ctx.shape(1))).into()
}

struct MaxGradKernel(MaxWindows);

impl Kernel for MaxGradKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, dy) = (io.input(0), io.input(1));
        let (cells, windows) = (self.0.input[0] * self.0.input[1], self.0.output[0] * self.0.output[1]);
        parallel::chunks(io.output(0), cells, |plane, dx| {
            let dy = &dy[plane * windows..][..windows];
            dx.fill(0.0);
            self.0.largest(&x[plane * cells..][..cells], |window, cell| dx[cell] += dy[window]);
        });
    }
}

/// The kernel of `MaxPoolPick`.
pub(super) fn max_pick(op: &MaxPoolPick, ctx: &Context<'_>) -> Lowered {
    MaxPickKernel(MaxWindows::new(&op.pool, ctx.shape(0), ctx.output(0))).into()
}

struct MaxPickKernel(MaxWindows);

impl Kernel for MaxPickKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, d, cells) = (io.input(0), io.input(1), self.0.input[0] * self.0.input[1]);
        parallel::chunks(io.output(0), self.0.output[0] * self.0.output[1], |plane, out| {
            let d = &d[plane * cells..][..cells];
            self.0.largest(&x[plane * cells..][..cells], |window, cell| out[window] = d[cell]);
        });
    }
}

/// The kernel of `AveragePoolGrad`.
pub(super) fn average(op: &AveragePoolGrad, ctx: &Context<'_>) -> Lowered {
    MeanGradKernel(MeanWindows::average(&op.pool, ctx.output(0), ctx.shape(0))).into()
}

/// The kernel of `AdaptiveAveragePoolGrad`.
pub(super) fn adaptive(_: &AdaptiveAveragePoolGrad, ctx: &Context<'_>) -> Lowered {
    MeanGradKernel(MeanWindows::adaptive(ctx.output(0), ctx.shape(0))).into()
}

struct MeanGradKernel(MeanWindows);

impl Kernel for MeanGradKernel {
    fn run(&self, io: &mut Io<'_>) {
        let ([height, width], windows) = (self.0.input, self.0.len());
        let dy = io.input(0);
        parallel::chunks(io.output(0), height * width, |plane, dx| {
            let dy = &dy[plane * windows..][..windows];
            dx.fill(0.0);
            self.0.each(|window, row, column, divisor| {
                let share = dy[window] / divisor;
                for cells in dx[row.start * width..row.end * width].chunks_exact_mut(width) {
                    cells[column.start..column.end].iter_mut().for_each(|cell| *cell += share);
                }
            });
        });
    }
}
