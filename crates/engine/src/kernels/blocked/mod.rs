//! Kernels on blocked buffers, and the table that says which node can run on which. [`layout`] says
//! what a blocked buffer is.

mod activation;
mod chain;
mod choose;
mod conv;
mod depthwise;
mod lanewise;
mod layout;
mod pointwise;
mod pool;
mod pool_gradient;
mod reorder;
mod store;
mod tile;
mod transposed;
mod winograd;

use heatlens_graph::Op;

pub(crate) use self::activation::Activation;
pub(crate) use self::chain::{ChainKernel, Link, MOST_INPUTS, MOST_LINKS, Origin, formula};
use self::layout::pad_channels;
pub(crate) use self::layout::{Blocked, Layout, len};
pub(crate) use self::reorder::{to_blocked, to_plain};
pub(crate) use self::store::{Residual, Store, stores};
use super::axes::axis;
use super::normalize;
use super::pool::{MaxWindows, MeanWindows};
use crate::context::Context;
use crate::simd::LANES;

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
        return choose::conv(op, ctx, is_blocked(0), store);
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
        Op::Concat(op) if axis(op.axis, 4) == 1 => {
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
