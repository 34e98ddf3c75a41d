//! Kernels on blocked buffers, and the table that says which node can run on which.
//!
//! A blocked buffer holds sixteen channels of a cell side by side: image, block of channels, row,
//! column, channel of the block. The last block may have lanes without a channel; what they hold is
//! unspecified, and no kernel lets it into other lanes.

mod activation;
mod chain;
mod conv;
mod depthwise;
mod lanewise;
mod pointwise;
mod pool;
mod pool_gradient;
mod reorder;
mod tile;
mod transposed;
mod winograd;

use heatlens_graph::Op;
use heatlens_graph::ops::Conv;

pub(crate) use self::activation::Activation;
pub(crate) use self::chain::{ChainKernel, Link, MOST_INPUTS, Origin, formula};
pub(crate) use self::conv::Store;
pub(crate) use self::reorder::{to_blocked, to_plain};
use super::conv::Geometry;
use super::pool::{MaxWindows, MeanWindows};
use super::{Kernel, normalize};
use crate::arena::Arena;
use crate::compile::Context;
use crate::simd::{Isa, LANES};

/// How a buffer is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Row-major.
    Plain,
    /// See the module.
    Blocked,
}

/// A kernel whose output is blocked, and the layouts of the node's first inputs, which are all that
/// it takes (before a residual).
pub(crate) struct Blocked {
    pub(crate) kernel: Box<dyn Kernel>,
    pub(crate) inputs: Vec<Layout>,
}

impl Blocked {
    fn new(kernel: impl Kernel + 'static, inputs: usize) -> Self {
        Blocked { kernel: Box::new(kernel), inputs: vec![Layout::Blocked; inputs] }
    }
}

/// Floats of a blocked buffer of this shape.
pub(crate) fn len(shape: &[usize]) -> usize {
    shape[0] * shape[1].next_multiple_of(LANES) * shape[2] * shape[3]
}

/// Whether a node's kernel takes an activation into its store, and a residual.
pub(crate) fn stores(op: &Op) -> Option<Residual> {
    match op {
        Op::Conv(conv) if conv.group == 1 => Some(Residual::Taken),
        Op::Conv(_) | Op::BatchNormalization(_) => Some(Residual::Refused),
        _ => None,
    }
}

/// Whether a kernel can add another buffer to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Residual {
    Taken,
    Refused,
}

/// The kernel for a node that can have its output blocked. `is_blocked` says which inputs are at
/// hand as blocked buffers; `store` is what was found behind nodes that [`stores`] names.
pub(crate) fn lower(ctx: &Context<'_>, is_blocked: &dyn Fn(usize) -> bool, store: Store) -> Option<Blocked> {
    let y = ctx.output(0);
    if y.len() != 4 || y.iter().chain(ctx.shape(0)).any(|&n| n == 0) {
        return None;
    }
    if let Some(kernel) = lanewise::lower(ctx, is_blocked) {
        return Some(kernel);
    }
    if ctx.shape(0).len() != 4 {
        return None;
    }
    let isa = ctx.isa;
    if let Op::Conv(op) = &ctx.node.op {
        return conv(op, ctx, is_blocked(0), store);
    }
    if let Op::ConvTranspose(op) = &ctx.node.op {
        return transposed::lower(op, ctx, is_blocked(0), store);
    }
    if !is_blocked(0) {
        return None;
    }
    let x = ctx.shape(0);
    Some(match &ctx.node.op {
        Op::AdaptiveAveragePool(_) | Op::GlobalAveragePool(_) => {
            Blocked::new(pool::MeanKernel { windows: MeanWindows::adaptive(x, y), isa }, 1)
        }
        Op::AveragePool(op) => Blocked::new(pool::MeanKernel { windows: MeanWindows::average(op, x, y), isa }, 1),
        Op::ReduceMean(_) if y[..2] == x[..2] && y[2..] == [1, 1] => {
            Blocked::new(pool::MeanKernel { windows: MeanWindows::adaptive(x, y), isa }, 1)
        }
        Op::MaxPoolGrad(op) => {
            Blocked::new(pool_gradient::MaxGradKernel { windows: MaxWindows::new(&op.pool, x, ctx.shape(1)), isa }, 2)
        }
        Op::AveragePoolGrad(op) => {
            Blocked::new(pool_gradient::MeanGradKernel { windows: MeanWindows::average(&op.pool, y, x), isa }, 1)
        }
        Op::AdaptiveAveragePoolGrad(_) => {
            Blocked::new(pool_gradient::MeanGradKernel { windows: MeanWindows::adaptive(y, x), isa }, 1)
        }
        Op::MaxPool(op) => Blocked::new(pool::MaxKernel { windows: MaxWindows::new(op, x, y), isa }, 1),
        Op::BatchNormalization(op) => {
            let (factors, addends) = normalize::affine(op, ctx).ok()?;
            let [factors, addends] = [factors, addends].map(|of| pad_channels(Some(&of), x[1]));
            let plane = x[2] * x[3] * LANES;
            Blocked::new(pointwise::AffineKernel { isa, plane, factors, addends, activation: store.activation }, 1)
        }
        Op::Concat(op) if super::axis(op.axis, 4) == 1 => {
            let aligned = |i: usize| is_blocked(i) && (i + 1 == ctx.inputs() || ctx.shape(i)[1].is_multiple_of(LANES));
            if !(0..ctx.inputs()).all(|i| aligned(i) && ctx.shape(i)[1] > 0) {
                return None;
            }
            let runs = (0..ctx.inputs()).map(|i| len(ctx.shape(i)) / x[0]).collect();
            Blocked::new(pointwise::ConcatKernel { images: x[0], runs }, ctx.inputs())
        }
        Op::Mul(_) if is_blocked(0) && is_blocked(1) && ctx.shape(0) != ctx.shape(1) => {
            let image = (0..2).find(|&i| ctx.shape(i) == y)?;
            if ctx.shape(1 - image) != [y[0], y[1], 1, 1] {
                return None;
            }
            Blocked::new(pointwise::ScaleKernel { isa, plane: y[2] * y[3] * LANES, image: [image] }, 2)
        }
        _ => return None,
    })
}

fn conv(op: &Conv, ctx: &Context<'_>, is_blocked: bool, store: Store) -> Option<Blocked> {
    let (weight, bias) = parameters(ctx)?;
    convolution(Geometry::new(op, ctx), ctx.isa, weight, bias, is_blocked, store)
}

/// Weights and bias, if they are known.
fn parameters<'a>(ctx: &'a Context<'_>) -> Option<(&'a [f32], Option<&'a [f32]>)> {
    let bias = if ctx.has(2) { Some(&**ctx.constant(2)?) } else { None };
    Some((ctx.constant(1)?, bias))
}

fn convolution(
    geometry: Geometry,
    isa: Isa,
    weight: &[f32],
    bias: Option<&[f32]>,
    is_blocked: bool,
    store: Store,
) -> Option<Blocked> {
    let whole = |n: usize| n.is_multiple_of(LANES);
    if geometry.group > 1 && geometry.channels == 1 && geometry.filters == 1 {
        return Some(Blocked::new(depthwise::DepthwiseKernel::new(geometry, isa, weight, bias, store.activation), 1));
    }
    if geometry.group > 1 && !(whole(geometry.channels) && whole(geometry.filters)) {
        return None;
    }
    let plain = geometry.channels < LANES && !is_blocked;
    if let Some(kernel) = winograd(&geometry, isa, weight, bias, store) {
        return Some(Blocked { kernel, inputs: vec![Layout::Blocked] });
    }
    let layout = if plain { Layout::Plain } else { Layout::Blocked };
    let kernel = conv::ConvKernel::new(geometry, isa, plain, weight, bias, store);
    Some(Blocked { kernel: Box::new(kernel), inputs: vec![layout] })
}

/// Winograd's convolution where it pays.
fn winograd(g: &Geometry, isa: Isa, weight: &[f32], bias: Option<&[f32]>, store: Store) -> Option<Box<dyn Kernel>> {
    let fits = g.group == 1 && g.kernel == [3, 3] && g.strides == [1, 1] && g.dilations == [1, 1];
    if !fits || g.channels < LANES || g.filters < LANES {
        return None;
    }
    // For one image, whatever the batch: the choice must not change an image's result.
    let cost = |m: usize| {
        let tiles = g.output[0].div_ceil(m) * g.output[1].div_ceil(m);
        let points = (m + 2) * (m + 2);
        // In products: those of the tiles, and reading the filters, which are out of the caches by
        // the next image.
        (points * g.channels * g.filters * (tiles + READING_A_FILTER)) as f64
    };
    let direct = (9 * g.channels * g.filters * (g.output[0] * g.output[1] + READING_A_FILTER)) as f64;
    // Transforms take time too.
    let worth = |m: usize| cost(m) * 1.2 < direct;
    match cost(4) <= cost(2) {
        true if worth(4) => {
            Some(Box::new(winograd::WinogradKernel::<winograd::F4, 6, 4>::new(g.clone(), isa, weight, bias, store)))
        }
        false if worth(2) => {
            Some(Box::new(winograd::WinogradKernel::<winograd::F2, 4, 2>::new(g.clone(), isa, weight, bias, store)))
        }
        _ => None,
    }
}

/// Products that could be computed while one element of a filter comes from memory.
const READING_A_FILTER: usize = 10;

/// One float a channel, with zeros for lanes without one.
fn pad_channels(values: Option<&[f32]>, channels: usize) -> Arena {
    let mut padded = Arena::new(channels.next_multiple_of(LANES));
    if let Some(values) = values {
        padded.as_mut_slice()[..channels].copy_from_slice(values);
    }
    padded
}
