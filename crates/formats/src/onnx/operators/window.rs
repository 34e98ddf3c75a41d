//! What convolutions and pooling share: strides, dilations, padding, and the 1-D forms as 2-D ones
//! of height 1.

use heatlens_graph::ops::{self, Padding};
use heatlens_graph::{Op, ValueId};

use super::{Context, Translated, ints, text};
use crate::FormatError;
use crate::onnx::proto::AttributeProto;

/// No window, stride or padding of a real network comes near; a hostile one overflows.
const LARGEST: i64 = 1 << 20;

/// The window of one node, 2-D.
pub(super) struct Window {
    pub kernel: [usize; 2],
    pub strides: [usize; 2],
    pub dilations: [usize; 2],
    pub padding: Padding,
}

/// How many spatial dimensions an activation `(N, C, …)` has: 1 or 2.
pub(super) fn spatial_rank(cx: &Context<'_, '_>, x: ValueId) -> Result<usize, FormatError> {
    match cx.shape(x).len() {
        rank @ (3 | 4) => Ok(rank - 2),
        rank => Err(
            cx.unsupported(format!("its activation has {rank} dimensions; images (4) and sequences (3) are supported"))
        ),
    }
}

impl Window {
    /// The attributes of a node whose window is `kernel`, in `spatial` dimensions.
    pub fn new(cx: &Context<'_, '_>, kernel: [usize; 2], spatial: usize) -> Result<Self, FormatError> {
        let (strides, dilations) = (pair(cx, "strides", spatial, 1)?, pair(cx, "dilations", spatial, 1)?);
        if strides.contains(&0) || dilations.contains(&0) || kernel.contains(&0) {
            return Err(cx.damaged("its window, a stride or a dilation is 0"));
        }
        Ok(Window { kernel, strides, dilations, padding: padding(cx, spatial)? })
    }
}

/// An attribute of one number a spatial dimension, as `[height, width]`.
pub(super) fn pair(
    cx: &Context<'_, '_>,
    name: &str,
    spatial: usize,
    default: usize,
) -> Result<[usize; 2], FormatError> {
    let Some(values) = cx.attributes().ints(name)? else { return Ok(lift(&vec![default; spatial], default)) };
    if values.len() != spatial {
        return Err(cx.damaged(format!(
            "attribute `{name}` is {values:?}, for an activation with {spatial} spatial dimensions"
        )));
    }
    Ok(lift(&cells(cx, name, values)?, default))
}

/// Numbers that count cells.
fn cells(cx: &Context<'_, '_>, name: &str, values: &[i64]) -> Result<Vec<usize>, FormatError> {
    let cell = |&v: &i64| {
        let fits = (0..=LARGEST).contains(&v);
        fits.then_some(v as usize)
            .ok_or_else(|| cx.unsupported(format!("attribute `{name}` is {values:?}; 0 to {LARGEST} are supported")))
    };
    values.iter().map(cell).collect()
}

/// `[height, width]`; `default` for the height of a sequence.
fn lift(values: &[usize], default: usize) -> [usize; 2] {
    match *values {
        [h, w] => [h, w],
        [w] => [default, w],
        _ => unreachable!("1 or 2 spatial dimensions were checked"),
    }
}

/// The window of a pooling, which only an attribute gives.
pub(super) fn pooling_kernel(cx: &Context<'_, '_>, spatial: usize) -> Result<[usize; 2], FormatError> {
    if !cx.attributes().has("kernel_shape") {
        return Err(cx.damaged("attribute `kernel_shape` is missing"));
    }
    pair(cx, "kernel_shape", spatial, 1)
}

/// The window of a convolution, which its weight gives; the attribute has to agree.
pub(super) fn convolution_kernel(
    cx: &Context<'_, '_>,
    weight: ValueId,
    spatial: usize,
) -> Result<[usize; 2], FormatError> {
    let shape = cx.shape(weight);
    if shape.len() != spatial + 2 {
        return Err(cx.damaged(format!("its weight has shape {shape:?}, its activation {spatial} spatial dimensions")));
    }
    let kernel = lift(&shape[2..], 1);
    if cx.attributes().has("kernel_shape") && pair(cx, "kernel_shape", spatial, 1)? != kernel {
        return Err(cx.damaged(format!("attribute `kernel_shape` contradicts its weight of shape {shape:?}")));
    }
    Ok(kernel)
}

/// `auto_pad` or `pads`.
pub(super) fn padding(cx: &Context<'_, '_>, spatial: usize) -> Result<Padding, FormatError> {
    match cx.attributes().text("auto_pad", "NOTSET")? {
        "SAME_UPPER" => Ok(Padding::SameUpper),
        "SAME_LOWER" => Ok(Padding::SameLower),
        "VALID" => Ok(Padding::NONE),
        "NOTSET" | "" => explicit_padding(cx, spatial),
        other => Err(cx.damaged(format!("attribute `auto_pad` is `{other}`, which ONNX does not have"))),
    }
}

fn explicit_padding(cx: &Context<'_, '_>, spatial: usize) -> Result<Padding, FormatError> {
    let Some(pads) = cx.attributes().ints("pads")? else { return Ok(Padding::NONE) };
    if pads.len() != 2 * spatial {
        return Err(
            cx.damaged(format!("attribute `pads` is {pads:?}, for an activation with {spatial} spatial dimensions"))
        );
    }
    let pads = cells(cx, "pads", pads)?;
    let ([top, left], [bottom, right]) = (lift(&pads[..spatial], 0), lift(&pads[spatial..], 0));
    Ok(Padding::Explicit([top, left, bottom, right]))
}

/// `value (a, b, w)` as `(a, b, 1, w)` if there is 1 spatial dimension.
pub(super) fn as_2d(cx: &mut Context<'_, '_>, value: ValueId, spatial: usize) -> Result<ValueId, FormatError> {
    if spatial == 2 {
        return Ok(value);
    }
    if let Some(tensor) = cx.known(value) {
        let shape = tensor.shape();
        let lifted = tensor.reshaped([shape[0], shape[1], 1, shape[2]]);
        return Ok(cx.constant(lifted));
    }
    let axis = cx.ints(&[2]);
    cx.step(ops::Unsqueeze, &[value, axis])
}

/// Adds the 2-D operator; what it makes has as many spatial dimensions as the activation had.
pub(super) fn finish(cx: &mut Context<'_, '_>, op: impl Into<Op>, inputs: &[ValueId], spatial: usize) -> Translated {
    if spatial == 2 {
        return cx.finish(op, inputs);
    }
    let result = cx.step(op, inputs)?;
    let axis = cx.ints(&[2]);
    cx.finish(ops::Squeeze, &[result, axis])
}

/// The attributes of a window.
pub(super) fn written(strides: [usize; 2], dilations: [usize; 2], padding: Padding) -> Vec<AttributeProto> {
    let padding = match padding {
        Padding::Explicit(pads) => ints("pads", &pads),
        Padding::SameUpper => text("auto_pad", "SAME_UPPER"),
        Padding::SameLower => text("auto_pad", "SAME_LOWER"),
    };
    vec![ints("strides", &strides), ints("dilations", &dilations), padding]
}
