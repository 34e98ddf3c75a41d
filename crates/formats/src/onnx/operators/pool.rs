//! Pooling.

use heatlens_graph::ops;

use super::window::{self, Window};
use super::{Context, Translated};

/// MaxPool; the indices of the maxima are not computed.
pub(super) fn max(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let spatial = window::spatial_rank(cx, x)?;
    let kernel = window::pooling_kernel(cx, spatial)?;
    let Window { kernel, strides, dilations, padding } = Window::new(cx, kernel, spatial)?;
    let op = ops::MaxPool { kernel, strides, dilations, padding, ceil_mode: cx.attributes().flag("ceil_mode", false)? };
    let x = window::as_2d(cx, x, spatial)?;
    window::finish(cx, op, &[x], spatial)
}

/// AveragePool.
pub(super) fn average(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let spatial = window::spatial_rank(cx, x)?;
    let kernel = window::pooling_kernel(cx, spatial)?;
    let Window { kernel, strides, dilations, padding } = Window::new(cx, kernel, spatial)?;
    if dilations != [1; 2] {
        return Err(cx.unsupported("an average pooling with dilation; a convolution with equal weights does the same"));
    }
    let attributes = cx.attributes();
    let (ceil_mode, count_include_pad) =
        (attributes.flag("ceil_mode", false)?, attributes.flag("count_include_pad", false)?);
    let op = ops::AveragePool { kernel, strides, padding, ceil_mode, count_include_pad };
    let x = window::as_2d(cx, x, spatial)?;
    window::finish(cx, op, &[x], spatial)
}
