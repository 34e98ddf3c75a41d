//! Convolutions.

use heatlens_graph::ValueId;
use heatlens_graph::ops::{self, Padding};

use super::window::{self, Window};
use super::{Context, Done, NodeWriter, Translated, int, ints};
use crate::FormatError;

/// Conv: 2-D, and 1-D as 2-D of height 1.
pub(super) fn conv(cx: &mut Context<'_, '_>) -> Translated {
    let (op, inputs, spatial) = conv_parts(cx)?;
    window::finish(cx, op, &inputs, spatial)
}

/// The 2-D convolution of a node, its arguments, and the number of spatial dimensions that its
/// result should have.
pub(super) fn conv_parts(cx: &mut Context<'_, '_>) -> Result<(ops::Conv, Vec<ValueId>, usize), FormatError> {
    let (x, weight) = (cx.input(0)?, cx.input(1)?);
    let spatial = window::spatial_rank(cx, x)?;
    let kernel = window::convolution_kernel(cx, weight, spatial)?;
    let Window { strides, dilations, padding, .. } = Window::new(cx, kernel, spatial)?;
    let op = ops::Conv { strides, dilations, padding, group: group(cx)? };
    let mut inputs = vec![window::as_2d(cx, x, spatial)?, window::as_2d(cx, weight, spatial)?];
    inputs.extend(cx.optional(2));
    Ok((op, inputs, spatial))
}

fn group(cx: &Context<'_, '_>) -> Result<usize, FormatError> {
    let group = cx.attributes().int("group", 1)?;
    usize::try_from(group)
        .ok()
        .filter(|g| (1..1 << 20).contains(g))
        .ok_or_else(|| cx.damaged(format!("it has {group} groups")))
}

/// ConvTranspose.
pub(super) fn conv_transpose(cx: &mut Context<'_, '_>) -> Translated {
    let (x, weight) = (cx.input(0)?, cx.input(1)?);
    let spatial = window::spatial_rank(cx, x)?;
    let kernel = window::convolution_kernel(cx, weight, spatial)?;
    let window = Window::new(cx, kernel, spatial)?;
    let output_padding = window::pair(cx, "output_padding", spatial, 0)?;
    let (group, padding) = (group(cx)?, transposed_padding(cx, x, &window, output_padding, spatial)?);
    let op =
        ops::ConvTranspose { strides: window.strides, dilations: window.dilations, padding, output_padding, group };
    let mut inputs = vec![window::as_2d(cx, x, spatial)?, window::as_2d(cx, weight, spatial)?];
    inputs.extend(cx.optional(2));
    window::finish(cx, op, &inputs, spatial)
}

/// What is cut off: as the node says, or as much as makes the output the extent that `output_shape`
/// or `auto_pad` ask for.
fn transposed_padding(
    cx: &Context<'_, '_>,
    x: ValueId,
    window: &Window,
    output_padding: [usize; 2],
    spatial: usize,
) -> Result<Padding, FormatError> {
    let x = cx.shape(x);
    let input = if spatial == 2 { [x[2], x[3]] } else { [1, x[2]] };
    let wanted = if cx.attributes().has("output_shape") {
        window::pair(cx, "output_shape", spatial, 1)?
    } else if matches!(window.padding, Padding::Explicit(_)) {
        return Ok(window.padding);
    } else {
        [0, 1].map(|axis| input[axis] * window.strides[axis])
    };
    let mut pads = [0; 4];
    for axis in 0..2 {
        let reach = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
        let full = window.strides[axis] * input[axis].saturating_sub(1) + output_padding[axis] + reach;
        let cut = full.checked_sub(wanted[axis]).ok_or_else(|| {
            cx.unsupported(format!(
                "its output should have the extent {}, and only {full} can be made; export with `output_padding`",
                wanted[axis]
            ))
        })?;
        // The odd cell is cut at the end with SAME_UPPER and at the beginning otherwise.
        let begin = if window.padding == Padding::SameUpper { cut / 2 } else { cut - cut / 2 };
        (pads[axis], pads[axis + 2]) = (begin, cut - begin);
    }
    Ok(Padding::Explicit(pads))
}

/// Conv.
pub(super) fn write_conv(w: &mut NodeWriter<'_, '_>, op: &ops::Conv) -> Done {
    let mut attributes = window::written(op.strides, op.dilations, op.padding);
    attributes.push(int("group", op.group as i64));
    w.same("Conv", attributes)
}

/// ConvTranspose; runtimes differ in what "same" padding cuts off, so it is written out.
pub(super) fn write_conv_transpose(w: &mut NodeWriter<'_, '_>, op: &ops::ConvTranspose) -> Done {
    let padding = match op.padding {
        Padding::Explicit(_) => op.padding,
        _ => Padding::Explicit(op.pads(&w.shape(0), &w.shape(1))),
    };
    let mut attributes = window::written(op.strides, op.dilations, padding);
    attributes.push(ints("output_padding", &op.output_padding));
    attributes.push(int("group", op.group as i64));
    w.same("ConvTranspose", attributes)
}
