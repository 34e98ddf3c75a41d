//! Operators that move elements.

use heatlens_graph::ops::{self, PadMode};
use heatlens_graph::{Tensor, ValueId};

use super::{Context, Translated};
use crate::FormatError;

/// Concat.
pub(super) fn concat(cx: &mut Context<'_, '_>) -> Translated {
    let axis = cx.attributes().axis("axis", 1)?;
    let inputs = cx.all_inputs()?;
    cx.finish(ops::Concat { axis }, &inputs)
}

/// Reshape.
pub(super) fn reshape(cx: &mut Context<'_, '_>) -> Translated {
    let allow_zero = cx.attributes().flag("allowzero", false)?;
    cx.binary(ops::Reshape { allow_zero })
}

/// Flatten.
pub(super) fn flatten(cx: &mut Context<'_, '_>) -> Translated {
    let axis = cx.attributes().axis("axis", 1)?;
    cx.unary(ops::Flatten { axis })
}

/// Squeeze; the axes are an attribute before opset 13.
pub(super) fn squeeze(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    match cx.ints_argument(1, "axes")? {
        Some(axes) => cx.finish(ops::Squeeze, &[x, axes]),
        None => cx.finish(ops::Squeeze, &[x]),
    }
}

/// Unsqueeze; the axes are an attribute before opset 13.
pub(super) fn unsqueeze(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let axes = cx.ints_argument(1, "axes")?.ok_or_else(|| cx.damaged("its axes are missing"))?;
    cx.finish(ops::Unsqueeze, &[x, axes])
}

/// Transpose; the dimensions are reversed unless said otherwise.
pub(super) fn transpose(cx: &mut Context<'_, '_>) -> Translated {
    let rank = cx.rank(cx.input(0)?);
    let perm = match cx.attributes().ints("perm")? {
        None => (0..rank).rev().collect(),
        Some(perm) => {
            let bad = || cx.damaged(format!("attribute `perm` is {perm:?}, no permutation of {rank} dimensions"));
            let given: Option<Vec<usize>> = perm.iter().map(|&p| usize::try_from(p).ok()).collect();
            let given = given.ok_or_else(bad)?;
            let mut sorted = given.clone();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..rank) {
                return Err(bad());
            }
            given
        }
    };
    cx.unary(ops::Transpose { perm })
}

/// Split; the extents are an attribute before opset 13, and equal parts since opset 18 may be
/// counted by one.
pub(super) fn split(cx: &mut Context<'_, '_>) -> Translated {
    let axis = cx.attributes().axis("axis", 0)?;
    let x = cx.input(0)?;
    let extents = cx.ints_argument(1, "split")?;
    let outputs = match cx.attributes().int_if_given("num_outputs")? {
        Some(n) => usize::try_from(n).ok().filter(|n| *n == cx.node.output.len()),
        None => Some(cx.node.output.len()),
    };
    let outputs = outputs
        .filter(|&n| n > 0)
        .ok_or_else(|| cx.damaged("attribute `num_outputs` is not the number of its outputs"))?;
    let op = ops::Split { axis, outputs };
    match extents {
        Some(extents) => cx.finish(op, &[x, extents]),
        None => cx.finish(op, &[x]),
    }
}

/// Slice; starts, ends and axes are attributes before opset 10.
pub(super) fn slice(cx: &mut Context<'_, '_>) -> Translated {
    let missing = |cx: &Context<'_, '_>| cx.damaged("where it starts or ends is missing");
    let x = cx.input(0)?;
    let starts = cx.ints_argument(1, "starts")?.ok_or_else(|| missing(cx))?;
    let ends = cx.ints_argument(2, "ends")?.ok_or_else(|| missing(cx))?;
    let axes = cx.ints_argument(3, "axes")?;
    let steps = cx.optional(4);
    cx.finish_with(ops::Slice, vec![Some(x), Some(starts), Some(ends), axes, steps])
}

/// Gather.
pub(super) fn gather(cx: &mut Context<'_, '_>) -> Translated {
    let axis = cx.attributes().axis("axis", 0)?;
    cx.binary(ops::Gather { axis })
}

/// Expand.
pub(super) fn expand(cx: &mut Context<'_, '_>) -> Translated {
    cx.binary(ops::Expand)
}

/// Tile.
pub(super) fn tile(cx: &mut Context<'_, '_>) -> Translated {
    cx.binary(ops::Tile)
}

/// Shape; a part of it since opset 15.
pub(super) fn shape(cx: &mut Context<'_, '_>) -> Translated {
    let start = cx.attributes().axis("start", 0)?;
    let end = if cx.attributes().has("end") { Some(cx.attributes().axis("end", 0)?) } else { None };
    cx.unary(ops::Shape { start, end })
}

/// Size, the product of the shape.
pub(super) fn size(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let shape = cx.step(ops::Shape { start: 0, end: None }, &[x])?;
    cx.finish(ops::ReduceProd { keep_dims: false }, &[shape])
}

/// Pad; pads and value are attributes before opset 11.
pub(super) fn pad(cx: &mut Context<'_, '_>) -> Translated {
    let mode = match cx.attributes().text("mode", "constant")? {
        "constant" => PadMode::Constant,
        "edge" => PadMode::Edge,
        "reflect" => PadMode::Reflect,
        other => return Err(cx.unsupported(format!("padding by `{other}`; constant, edge and reflect are supported"))),
    };
    let x = cx.input(0)?;
    let pads = cx.ints_argument(1, "pads")?.ok_or_else(|| cx.damaged("its pads are missing"))?;
    let value = pad_value(cx)?;
    let axes = cx.optional(3);
    cx.finish_with(ops::Pad { mode }, vec![Some(x), Some(pads), value, axes])
}

fn pad_value(cx: &mut Context<'_, '_>) -> Result<Option<ValueId>, FormatError> {
    if cx.optional(2).is_some() || !cx.attributes().has("value") {
        return Ok(cx.optional(2));
    }
    let value = cx.attributes().float("value", 0.0)?;
    Ok(Some(cx.constant(Tensor::scalar(value))))
}

/// DepthToSpace.
pub(super) fn depth_to_space(cx: &mut Context<'_, '_>) -> Translated {
    let column_row_depth = match cx.attributes().text("mode", "DCR")? {
        "DCR" => false,
        "CRD" => true,
        other => return Err(cx.damaged(format!("attribute `mode` is `{other}`, which ONNX does not have"))),
    };
    let block = block(cx)?;
    cx.unary(ops::DepthToSpace { block, column_row_depth })
}

/// SpaceToDepth.
pub(super) fn space_to_depth(cx: &mut Context<'_, '_>) -> Translated {
    let block = block(cx)?;
    cx.unary(ops::SpaceToDepth { block, column_row_depth: false })
}

fn block(cx: &Context<'_, '_>) -> Result<usize, FormatError> {
    let block = cx.attributes().int("blocksize", 0)?;
    usize::try_from(block)
        .ok()
        .filter(|b| (1..1 << 20).contains(b))
        .ok_or_else(|| cx.damaged(format!("attribute `blocksize` is {block}")))
}
