//! Operators on blocked buffers that treat every lane alike: sums over planes and their opposite,
//! products with a number for each channel, and cuts along whole blocks of channels.

use heatlens_graph::Op;
use heatlens_graph::ops::{Slice, Window};

use super::activation::Activation;
use super::layout::{Blocked, len, pad_channels};
use super::pointwise::AffineKernel;
use super::pool;
use crate::arena::Arena;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::pool::MeanWindows;
use crate::parallel;
use crate::simd::LANES;

/// The kernel for a node whose first input is at hand as a blocked buffer.
pub(super) fn lower(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool) -> Option<Blocked> {
    match &ctx.node.op {
        Op::Expand(_) if is_blocked(0) && is_plane(ctx.shape(0), ctx.output(0)) => {
            let plane = ctx.output(0)[2] * ctx.output(0)[3] * LANES;
            Some(Blocked::new(SpreadKernel { plane }, 1))
        }
        Op::ReduceSum(_) if is_blocked(0) && is_plane(ctx.output(0), ctx.shape(0)) => {
            let [height, width] = [ctx.shape(0)[2], ctx.shape(0)[3]];
            let whole = |extent: usize| vec![Window { start: 0, end: extent, counted: 1 }];
            let windows = MeanWindows { input: [height, width], rows: whole(height), columns: whole(width) };
            Some(Blocked::new(pool::MeanKernel { windows, isa: ctx.isa }, 1))
        }
        Op::Slice(_) if is_blocked(0) => slice(ctx),
        Op::Mul(_) => per_channel(ctx, is_blocked),
        _ => None,
    }
}

/// Whether `small` has the images and channels of `large` and one cell.
fn is_plane(small: &[usize], large: &[usize]) -> bool {
    small.len() == 4 && small[..2] == large[..2] && small[2..] == [1, 1]
}

/// A product with one known number for each channel.
fn per_channel(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool) -> Option<Blocked> {
    let (x, factors) = (ctx.shape(0), ctx.constant(1)?);
    if !is_blocked(0) || x != ctx.output(0) || !matches!(*ctx.shape(1), [c, 1, 1] | [1, c, 1, 1] if c == x[1] && c > 1)
    {
        return None;
    }
    let factors = pad_channels(Some(factors), x[1]);
    let addends = Arena::new(factors.len());
    let plane = x[2] * x[3] * LANES;
    Some(Blocked::new(AffineKernel { isa: ctx.isa, plane, factors, addends, activation: Activation::Identity }, 1))
}

/// A cut along the channels from one whole block to another.
fn slice(ctx: &Context<'_>) -> Option<Blocked> {
    let x = ctx.shape(0);
    let ints = |i: usize| ctx.ints(i).ok();
    let ranges = Slice::ranges(x, &ints(1)??, &ints(2)??, ints(3)?.as_deref(), ints(4)?.as_deref()).ok()?;
    let whole = |axis: usize| ranges[axis].start == 0 && ranges[axis].len == x[axis];
    let channels = ranges[1];
    let ends = channels.start + channels.len;
    let aligned = channels.start.is_multiple_of(LANES) && (ends == x[1] || ends.is_multiple_of(LANES));
    if ranges.iter().any(|range| range.step != 1) || !(whole(0) && whole(2) && whole(3)) || !aligned {
        return None;
    }
    let image = len(x) / x[0];
    let from = channels.start * x[2] * x[3];
    Some(Blocked::new(CutKernel { image, from, run: len(ctx.output(0)) / x[0] }, 1))
}

/// Repeats the vector of each block over its plane.
struct SpreadKernel {
    /// Floats of a plane.
    plane: usize,
}

impl Kernel for SpreadKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        parallel::chunks(io.output(0), self.plane, |i, out| {
            let vector = &x[i * LANES..][..LANES];
            out.chunks_exact_mut(LANES).for_each(|cell| cell.copy_from_slice(vector));
        });
    }
}

/// Takes a run of each image.
struct CutKernel {
    image: usize,
    from: usize,
    run: usize,
}

impl Kernel for CutKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        parallel::chunks(io.output(0), self.run, |i, out| {
            out.copy_from_slice(&x[i * self.image + self.from..][..self.run])
        });
    }
}
