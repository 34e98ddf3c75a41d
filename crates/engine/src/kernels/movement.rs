//! Operators that only move elements: each output element is one input element, found by strides.

use heatlens_graph::Data;
use heatlens_graph::ops::{ConstantOfShape, DepthToSpace, Shape, Slice, SpaceToDepth, Transpose};

use super::axes::axis;
use super::walk::{Walk, contiguous};
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::parallel::{self, GRAIN};

/// Copies elements that advance by fixed strides along the output's dimensions.
struct Copy {
    walk: Walk<1>,
    /// Where the first element is.
    offset: isize,
}

impl Copy {
    fn new(shape: &[usize], strides: Vec<isize>, offset: isize) -> Self {
        Copy { walk: Walk::strided(shape, strides.into_iter().map(|s| [s]).collect()), offset }
    }
}

impl Kernel for Copy {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        let [stride] = self.walk.inner_strides;
        parallel::chunks(io.output(0), GRAIN, |i, out| {
            self.walk.runs(i * GRAIN, out.len(), |position, [offset], n| {
                let (out, first) = (&mut out[position..][..n], self.offset + offset);
                match stride {
                    0 => out.fill(x[first as usize]),
                    1 => out.copy_from_slice(&x[first as usize..][..n]),
                    _ => out.iter_mut().enumerate().for_each(|(i, y)| *y = x[(first + i as isize * stride) as usize]),
                }
            });
        });
    }
}

/// The kernel of `Transpose`.
pub(super) fn transpose(op: &Transpose, ctx: &Context<'_>) -> Lowered {
    let strides = contiguous(ctx.shape(0));
    Copy::new(ctx.output(0), op.perm.iter().map(|&axis| strides[axis]).collect(), 0).into()
}

/// The kernel of `Expand`.
pub(super) fn expand(ctx: &Context<'_>) -> Lowered {
    Copy { walk: Walk::broadcast(ctx.output(0), [ctx.shape(0)]), offset: 0 }.into()
}

/// The kernel of `Tile`: each dimension is the repeats times the extent.
pub(super) fn tile(ctx: &Context<'_>) -> Lowered {
    let (x, y) = (ctx.shape(0), ctx.output(0));
    let strides = contiguous(x);
    let (mut shape, mut split) = (Vec::new(), Vec::new());
    for axis in 0..x.len() {
        shape.extend([y[axis].checked_div(x[axis]).unwrap_or(0), x[axis]]);
        split.extend([0, strides[axis]]);
    }
    Copy::new(&shape, split, 0).into()
}

/// The kernel of `Slice`.
pub(super) fn slice(ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let x = ctx.shape(0);
    let (starts, ends) = (ctx.ints(1)?.unwrap_or_default(), ctx.ints(2)?.unwrap_or_default());
    let (axes, steps) = (ctx.ints(3)?, ctx.ints(4)?);
    let ranges =
        Slice::ranges(x, &starts, &ends, axes.as_deref(), steps.as_deref()).map_err(|reason| reason.to_string())?;
    let strides = contiguous(x);
    let offset = ranges.iter().zip(&strides).map(|(range, stride)| range.start as isize * stride).sum();
    let strides = ranges.iter().zip(strides).map(|(range, stride)| range.step * stride).collect();
    Ok(Copy::new(ctx.output(0), strides, offset).into())
}

/// The kernel of `DepthToSpace`.
pub(super) fn depth_to_space(op: &DepthToSpace, ctx: &Context<'_>) -> Lowered {
    let (&[n, _, h, w], b) = (ctx.shape(0), op.block) else { unreachable!("shape inference asks for four dimensions") };
    let c = ctx.output(0)[1];
    let [sn, sc, sy, sx, sh, sw] = blocks(op.column_row_depth, [n, c, b, b, h, w]);
    Copy::new(&[n, c, h, b, w, b], vec![sn, sc, sh, sy, sw, sx], 0).into()
}

/// The kernel of `SpaceToDepth`.
pub(super) fn space_to_depth(op: &SpaceToDepth, ctx: &Context<'_>) -> Lowered {
    let (&[n, c, h, w], b) = (ctx.shape(0), op.block) else { unreachable!("shape inference asks for four dimensions") };
    let s = contiguous(&[n, c, h / b, b, w / b, b]);
    if op.column_row_depth {
        Copy::new(&[n, c, b, b, h / b, w / b], vec![s[0], s[1], s[3], s[5], s[2], s[4]], 0).into()
    } else {
        Copy::new(&[n, b, b, c, h / b, w / b], vec![s[0], s[3], s[5], s[1], s[2], s[4]], 0).into()
    }
}

/// What image, channel, row and column in the block, row and column advance by where blocks are in
/// the channels.
fn blocks(column_row_depth: bool, [n, c, by, bx, h, w]: [usize; 6]) -> [isize; 6] {
    if column_row_depth {
        let s = contiguous(&[n, c, by, bx, h, w]);
        [s[0], s[1], s[2], s[3], s[4], s[5]]
    } else {
        let s = contiguous(&[n, by, bx, c, h, w]);
        [s[0], s[3], s[1], s[2], s[4], s[5]]
    }
}

/// `ConstantOfShape` is known as soon as its shape is.
pub(super) fn constant_of_shape(op: &ConstantOfShape, ctx: &Context<'_>) -> Lowered {
    let value = match op.value.data() {
        Data::F32(x) => x.first().copied(),
        Data::I64(x) => x.first().map(|&x| x as f32),
        Data::Bool(x) => x.first().map(|&x| f32::from(u8::from(x))),
    };
    Lowered::Constant(vec![value.unwrap_or(0.0); ctx.output(0).iter().product()].into())
}

/// `Shape` is known.
pub(super) fn shape(op: &Shape, ctx: &Context<'_>) -> Lowered {
    let shape = ctx.shape(0);
    let bound = |i: isize| axis(i, shape.len()).min(shape.len());
    let (start, end) = (bound(op.start), op.end.map_or(shape.len(), bound));
    let extents: Vec<_> = shape.get(start..end).unwrap_or(&[]).iter().map(|&d| d as f32).collect();
    Lowered::Constant(extents.into())
}
