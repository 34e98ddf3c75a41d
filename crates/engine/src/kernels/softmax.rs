//! Softmax and its logarithm along one axis.

use heatlens_graph::ops::{LogSoftmax, Softmax};

use super::axes::{around, axis};
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered};
use crate::parallel;

/// The kernel of `Softmax`.
pub(super) fn softmax(op: &Softmax, ctx: &Context<'_>) -> Lowered {
    new(op.axis, false, ctx)
}

/// The kernel of `LogSoftmax`.
pub(super) fn log_softmax(op: &LogSoftmax, ctx: &Context<'_>) -> Lowered {
    new(op.axis, true, ctx)
}

fn new(along: isize, logarithm: bool, ctx: &Context<'_>) -> Lowered {
    let shape = ctx.shape(0);
    let (_, extent, inner) = around(shape, axis(along, shape.len()));
    SoftmaxKernel { extent, inner, logarithm }.into()
}

struct SoftmaxKernel {
    extent: usize,
    inner: usize,
    logarithm: bool,
}

impl Kernel for SoftmaxKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        let block = self.extent * self.inner;
        parallel::chunks(io.output(0), block, |i, out| {
            let x = &x[i * block..][..block];
            for lane in 0..self.inner {
                let along = || (lane..block).step_by(self.inner);
                // `max` skips a NaN, the sum of exponentials does not.
                let largest = along().map(|at| x[at]).fold(f32::NEG_INFINITY, f32::max);
                let sum: f32 = along().map(|at| (x[at] - largest).exp()).sum();
                if self.logarithm {
                    let sum = sum.ln();
                    along().for_each(|at| out[at] = x[at] - largest - sum);
                } else {
                    along().for_each(|at| out[at] = (x[at] - largest).exp() / sum);
                }
            }
        });
    }
}
