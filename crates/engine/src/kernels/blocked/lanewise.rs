//! Operators on blocked buffers that treat every lane alike: arithmetic, comparisons and choices between buffers of one shape or with single numbers, sums over
//! planes and their opposite, and cuts along whole blocks of channels.

use heatlens_graph::Op;
use heatlens_graph::ops::{Slice, Window};

use super::pointwise::AffineKernel;
use super::{Activation, Blocked, Layout, len, pool};
use crate::arena::Arena;
use crate::compile::{Context, Io};
use crate::kernels::pool::MeanWindows;
use crate::kernels::{Kernel, elementwise, select};
use crate::parallel;
use crate::simd::LANES;

/// Whether a node may be lowered here though its first input is a constant.
pub(crate) fn takes_numbers(op: &Op) -> bool {
    matches!(op, Op::Add(_) | Op::Sub(_) | Op::Mul(_) | Op::Div(_) | Op::Where(_))
}

/// The kernel for a node at least one of whose inputs is at hand as a blocked buffer.
pub(super) fn lower(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool) -> Option<Blocked> {
    match &ctx.node.op {
        Op::Where(_) => {
            let operands = operands(ctx, is_blocked, 3)?;
            let kernel = select::flat(len(ctx.output(0)), [operands.lens[0], operands.lens[1], operands.lens[2]], ctx.isa);
            Some(Blocked { kernel, inputs: operands.layouts })
        }
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
        Op::Mul(_) => per_channel(ctx, is_blocked).or_else(|| binary(ctx, is_blocked)),
        _ => binary(ctx, is_blocked).or_else(|| unary(ctx, is_blocked)),
    }
}

/// Whether `small` has the images and channels of `large` and one cell.
fn is_plane(small: &[usize], large: &[usize]) -> bool {
    small.len() == 4 && small[..2] == large[..2] && small[2..] == [1, 1]
}

/// How the operands of an elementwise operator are taken.
struct Operands {
    layouts: Vec<Layout>,
    /// Floats: those of the output, or 1.
    lens: Vec<usize>,
}

/// `count` operands, each of the output's shape or a known number, and one of them blocked.
fn operands(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool, count: usize) -> Option<Operands> {
    let y = ctx.output(0);
    let mut operands = Operands { layouts: Vec::new(), lens: Vec::new() };
    for i in 0..count {
        let number = ctx.constant(i).is_some_and(|elements| elements.len() == 1);
        if !number && (ctx.constant(i).is_some() || ctx.shape(i) != y) {
            return None;
        }
        operands.layouts.push(if number { Layout::Plain } else { Layout::Blocked });
        operands.lens.push(if number { 1 } else { len(y) });
    }
    (0..count).any(|i| operands.layouts[i] == Layout::Blocked && is_blocked(i)).then_some(operands)
}

fn binary(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool) -> Option<Blocked> {
    macro_rules! table {
        ($($op:ident)*) => {
            match &ctx.node.op {
                $(Op::$op(op) => {
                    let Operands { layouts, lens } = operands(ctx, is_blocked, 2)?;
                    let kernel = elementwise::flat(*op, len(ctx.output(0)), [lens[0], lens[1]], ctx.isa);
                    Some(Blocked { kernel, inputs: layouts })
                })*
                _ => None,
            }
        };
    }
    table!(Add Sub Mul Div Greater GreaterOrEqual Less LessOrEqual And Or)
}

fn unary(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool) -> Option<Blocked> {
    macro_rules! table {
        ($($op:ident)*) => {
            match &ctx.node.op {
                $(Op::$op(op) if is_blocked(0) => Some(Blocked { kernel: elementwise::flat_unary(*op, ctx.isa), inputs: vec![Layout::Blocked] }),)*
                _ => None,
            }
        };
    }
    table!(Abs Ceil Elu Erf Exp Floor Gelu LeakyRelu Log Mish Neg Not Reciprocal Round Selu Sign Softplus Softsign Sqrt Tanh)
}

/// A product with one known number for each channel.
fn per_channel(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool) -> Option<Blocked> {
    let (x, factors) = (ctx.shape(0), ctx.constant(1)?);
    if !is_blocked(0) || x != ctx.output(0) || !matches!(*ctx.shape(1), [c, 1, 1] | [1, c, 1, 1] if c == x[1] && c > 1) {
        return None;
    }
    let factors = super::pad_channels(Some(factors), x[1]);
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
        parallel::chunks(io.output(0), self.run, |i, out| out.copy_from_slice(&x[i * self.image + self.from..][..self.run]));
    }
}
