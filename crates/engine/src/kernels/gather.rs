//! Elements chosen by index: `Gather`, `GatherGrad`, and `Range`, which makes indices.

use heatlens_graph::ops::{Gather, GatherGrad};

use super::axes::{around, axis};
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};

/// The kernel of `Gather`.
pub(super) fn gather(op: &Gather, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (_, extent, inner) = around(ctx.shape(0), axis(op.axis, ctx.shape(0).len()));
    if let Some(indices) = ctx.constant(1) {
        let bound = extent as f32;
        if let Some(index) = indices.iter().find(|&&i| i < -bound || i >= bound) {
            return Err(format!("index {index} is outside of the {extent} elements that there are"));
        }
    }
    Ok(GatherKernel { extent, inner }.into())
}

struct GatherKernel {
    extent: usize,
    inner: usize,
}

impl Kernel for GatherKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, indices) = (io.input(0), io.input(1));
        let y = io.output(0);
        if y.is_empty() {
            return;
        }
        let block = self.extent * self.inner;
        for (to, from) in y.chunks_exact_mut(indices.len() * self.inner).zip(x.chunks_exact(block)) {
            for (to, &index) in to.chunks_exact_mut(self.inner).zip(indices) {
                let index = if index < 0.0 { index + self.extent as f32 } else { index };
                // An index computed from the image cannot be checked earlier; what it names does
                // not exist.
                if index >= 0.0 && index < self.extent as f32 {
                    to.copy_from_slice(&from[index as usize * self.inner..][..self.inner]);
                } else {
                    to.fill(f32::NAN);
                }
            }
        }
    }
}

/// The kernel of `GatherGrad`.
pub(super) fn gather_grad(op: &GatherGrad, ctx: &Context<'_>) -> Lowered {
    let (_, extent, inner) = around(ctx.output(0), op.axis);
    GatherGradKernel { extent, inner }.into()
}

struct GatherGradKernel {
    extent: usize,
    inner: usize,
}

impl Kernel for GatherGradKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (dy, indices) = (io.input(0), io.input(1));
        let dx = io.output(0);
        dx.fill(0.0);
        for (row, cells) in dy.chunks_exact(self.inner.max(1)).enumerate() {
            let (outer, index) = (row / indices.len(), indices[row % indices.len()]);
            let index = if index < 0.0 { index + self.extent as f32 } else { index } as usize;
            let sums = &mut dx[(outer * self.extent + index) * self.inner..][..self.inner];
            sums.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell);
        }
    }
}

/// `Range` of known bounds is known.
pub(super) fn range(ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (start, delta) = (ctx.scalar(0, 0.0)?, ctx.scalar(2, 1.0)?);
    let n: usize = ctx.output(0).iter().product();
    Ok(Lowered::Constant((0..n).map(|i| start + i as f32 * delta).collect::<Vec<_>>().into()))
}
