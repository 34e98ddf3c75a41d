//! Joining and cutting along one axis.

use heatlens_graph::ops::{Concat, Split};

use super::axes::{around, axis};
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered};

/// The kernel of `Concat`.
pub(super) fn concat(op: &Concat, ctx: &Context<'_>) -> Lowered {
    let axis = axis(op.axis, ctx.output(0).len());
    let runs = (0..ctx.inputs())
        .map(|i| {
            let (_, extent, inner) = around(ctx.shape(i), axis);
            extent * inner
        })
        .collect();
    ConcatKernel { runs }.into()
}

struct ConcatKernel {
    /// Contiguous elements that each input gives in turn.
    runs: Vec<usize>,
}

impl Kernel for ConcatKernel {
    fn run(&self, io: &mut Io<'_>) {
        let row: usize = self.runs.iter().sum();
        let mut at = 0;
        for (i, &run) in self.runs.iter().enumerate().filter(|(_, run)| **run > 0) {
            let x = io.input(i);
            for (to, from) in io.output(0).chunks_exact_mut(row).zip(x.chunks_exact(run)) {
                to[at..at + run].copy_from_slice(from);
            }
            at += run;
        }
    }
}

/// The kernel of `Split`.
pub(super) fn split(op: &Split, ctx: &Context<'_>) -> Lowered {
    let axis = axis(op.axis, ctx.shape(0).len());
    let runs = (0..ctx.node.outputs.len())
        .map(|i| {
            let (_, extent, inner) = around(ctx.output(i), axis);
            extent * inner
        })
        .collect();
    SplitKernel { runs }.into()
}

struct SplitKernel {
    /// Contiguous elements that each output takes in turn.
    runs: Vec<usize>,
}

impl Kernel for SplitKernel {
    fn run(&self, io: &mut Io<'_>) {
        let row: usize = self.runs.iter().sum();
        let x = io.input(0);
        let mut at = 0;
        for (i, &run) in self.runs.iter().enumerate().filter(|(_, run)| **run > 0) {
            for (to, from) in io.output(i).chunks_exact_mut(run).zip(x.chunks_exact(row)) {
                to.copy_from_slice(&from[at..at + run]);
            }
            at += run;
        }
    }
}
