//! Padding and cropping.

use heatlens_graph::ops::{Pad, PadMode};

use super::walk::contiguous;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};

/// The kernel of `Pad`.
pub(super) fn pad(op: &Pad, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let x = ctx.shape(0);
    let (pads, axes) = (ctx.ints(1)?.unwrap_or_default(), ctx.ints(3)?);
    let pads = op.pads(x, &pads, axes.as_deref()).map_err(|reason| reason.to_string())?;
    let offsets = |((&extent, pads), stride): ((&usize, [i64; 2]), isize)| {
        op.sources(extent, pads).map(|source| source.map(|i| i * stride as usize)).collect()
    };
    let sources = x.iter().zip(pads).zip(contiguous(x)).map(offsets).collect();
    let fill = if op.mode == PadMode::Constant { ctx.scalar(2, 0.0)? } else { 0.0 };
    Ok(PadKernel { sources, fill }.into())
}

struct PadKernel {
    /// For each dimension and each cell of the output along it, the offset of the cell that it
    /// shows.
    sources: Vec<Vec<Option<usize>>>,
    fill: f32,
}

impl Kernel for PadKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        self.copy(&self.sources, Some(0), x, io.output(0));
    }
}

impl PadKernel {
    fn copy(&self, sources: &[Vec<Option<usize>>], offset: Option<usize>, x: &[f32], out: &mut [f32]) {
        let Some((first, rest)) = sources.split_first() else {
            out[0] = offset.map_or(self.fill, |offset| x[offset]);
            return;
        };
        let Some(offset) = offset else { return out.fill(self.fill) };
        if rest.is_empty() {
            out.iter_mut().zip(first).for_each(|(y, source)| *y = source.map_or(self.fill, |i| x[offset + i]));
        } else if !out.is_empty() {
            let chunk = out.len() / first.len();
            out.chunks_exact_mut(chunk)
                .zip(first)
                .for_each(|(out, source)| self.copy(rest, source.map(|i| offset + i), x, out));
        }
    }
}
