//! Which kernel a convolution with known weights runs on.

use heatlens_graph::ops::Conv;

use super::conv::ConvKernel;
use super::depthwise::DepthwiseKernel;
use super::layout::{Blocked, Layout};
use super::store::Store;
use super::winograd::{F2, F4, WinogradKernel};
use crate::context::Context;
use crate::kernel::Kernel;
use crate::kernels::geometry::Geometry;
use crate::simd::{Isa, LANES};

/// The kernel of a `Conv`.
pub(super) fn conv(op: &Conv, ctx: &Context<'_>, is_blocked: bool, store: Store) -> Option<Blocked> {
    let (weight, bias) = parameters(ctx)?;
    convolution(Geometry::new(op, ctx), ctx.isa, weight, bias, is_blocked, store)
}

/// Weights and bias, if they are known.
pub(super) fn parameters<'a>(ctx: &'a Context<'_>) -> Option<(&'a [f32], Option<&'a [f32]>)> {
    let bias = if ctx.has(2) { Some(&**ctx.constant(2)?) } else { None };
    Some((ctx.constant(1)?, bias))
}

/// The kernel of a convolution of these extents, or of what is one.
pub(super) fn convolution(
    geometry: Geometry,
    isa: Isa,
    weight: &[f32],
    bias: Option<&[f32]>,
    is_blocked: bool,
    store: Store,
) -> Option<Blocked> {
    let whole = |n: usize| n.is_multiple_of(LANES);
    if geometry.group > 1 && geometry.channels == 1 && geometry.filters == 1 {
        return Some(Blocked::new(DepthwiseKernel::new(geometry, isa, weight, bias, store.activation), 1));
    }
    if geometry.group > 1 && !(whole(geometry.channels) && whole(geometry.filters)) {
        return None;
    }
    let plain = geometry.channels < LANES && !is_blocked;
    if let Some(kernel) = winograd(&geometry, isa, weight, bias, store) {
        return Some(Blocked { kernel, inputs: vec![Layout::Blocked] });
    }
    let layout = if plain { Layout::Plain } else { Layout::Blocked };
    let kernel = ConvKernel::new(geometry, isa, plain, weight, bias, store);
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
        true if worth(4) => Some(Box::new(WinogradKernel::<F4, 6, 4>::new(g.clone(), isa, weight, bias, store))),
        false if worth(2) => Some(Box::new(WinogradKernel::<F2, 4, 2>::new(g.clone(), isa, weight, bias, store))),
        _ => None,
    }
}

/// Products that could be computed while one element of a filter comes from memory.
const READING_A_FILTER: usize = 10;
