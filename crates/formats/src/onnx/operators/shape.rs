//! Operators that move elements.

use heatlens_graph::ops::{self, PadMode};
use heatlens_graph::{DType, Tensor, ValueId};

use super::{Context, Done, Element, NodeWriter, Translated, axis, int, text};
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
    let (x, target) = (cx.input(0)?, cx.input(1)?);
    let target = match for_one_image(cx, x, target) {
        Some(target) => cx.constant(target),
        None => target,
    };
    cx.finish(ops::Reshape { allow_zero }, &[x, target])
}

/// The target of a Reshape of a file that was made for several images, for one: its first extent
/// was the number of images, with which alone the elements would be too many.
fn for_one_image(cx: &Context<'_, '_>, x: ValueId, target: ValueId) -> Option<Tensor> {
    let batch = cx.importer.batch?;
    let known = cx.known(target)?.as_i64()?;
    let (&first, others) = known.split_first()?;
    let open = others.contains(&-1);
    let elements = known.iter().try_fold(1i64, |n, &d| n.checked_mul(d))?;
    let one = cx.shape(x).iter().product::<usize>();
    let fits = first == batch as i64 && (open || elements == one.checked_mul(batch)? as i64);
    let mut target = known.to_vec();
    target[0] = 1;
    fits.then(|| Tensor::ints(&target))
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

/// GatherND by indices that are known: the axes that they go over become one, and each tuple of indices one.
pub(super) fn gather_nd(cx: &mut Context<'_, '_>) -> Translated {
    let (x, at) = (cx.input(0)?, cx.input(1)?);
    if cx.attributes().axis("batch_dims", 0)? != 0 {
        return Err(cx.unsupported("`batch_dims` are not supported"));
    }
    let extents = cx.shape(x);
    let known = cx.known(at).and_then(|known| Some((known.shape().to_vec(), known.as_i64()?.to_vec())));
    let Some((shape, indices)) = known else { return Err(cx.unsupported("its indices follow from the image")) };
    let Some((&axes, places)) = shape.split_last().filter(|(axes, _)| (1..=extents.len()).contains(*axes)) else {
        return Err(cx.damaged(format!("indices of shape {shape:?} into {extents:?}")));
    };
    let flat = |tuple: &[i64]| {
        tuple.iter().zip(&extents).try_fold(0i64, |flat, (&index, &extent)| {
            let index = if index < 0 { index + extent as i64 } else { index };
            (0..extent as i64).contains(&index).then(|| flat * extent as i64 + index)
        })
    };
    let flat: Option<Vec<i64>> = indices.chunks(axes).map(flat).collect();
    let flat = flat.ok_or_else(|| cx.damaged(format!("an index beyond {extents:?}")))?;
    let joined: Vec<i64> = [-1].into_iter().chain(extents[axes..].iter().map(|&extent| extent as i64)).collect();
    let (joined, flat) = (cx.constant(Tensor::ints(&joined)), cx.constant(Tensor::i64(places, flat)));
    let rows = cx.step(ops::Reshape { allow_zero: false }, &[x, joined])?;
    cx.finish(ops::Gather { axis: 0 }, &[rows, flat])
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

/// Pad.
pub(super) fn write_pad(w: &mut NodeWriter<'_, '_>, op: &ops::Pad) -> Done {
    let mode = match op.mode {
        PadMode::Constant => "constant",
        PadMode::Edge => "edge",
        PadMode::Reflect => "reflect",
    };
    w.same("Pad", vec![text("mode", mode)])
}

/// Shape.
pub(super) fn write_shape(w: &mut NodeWriter<'_, '_>, op: &ops::Shape) -> Done {
    let start = axis("start", op.start);
    w.same("Shape", std::iter::once(start).chain(op.end.map(|end| axis("end", end))).collect())
}

/// Split; the number of parts is only said where their extents are not.
pub(super) fn write_split(w: &mut NodeWriter<'_, '_>, op: &ops::Split) -> Done {
    let mut attributes = vec![axis("axis", op.axis)];
    if w.optional(1).is_none() {
        attributes.push(int("num_outputs", op.outputs as i64));
    }
    w.same("Split", attributes)
}

/// SpaceToDepth; the channels are put in the other order afterwards where ONNX has only one.
pub(super) fn write_space_to_depth(w: &mut NodeWriter<'_, '_>, op: &ops::SpaceToDepth) -> Done {
    let attributes = vec![int("blocksize", op.block as i64)];
    if !op.column_row_depth {
        return w.same("SpaceToDepth", attributes);
    }
    let (cells, channels) = (op.block * op.block, w.extent(0, 1));
    let order: Vec<usize> = (0..cells * channels).map(|i| i % cells * channels + i / cells).collect();
    let (x, order) = (w.input(0), w.ints(&order));
    let y = w.step("SpaceToDepth", &[&x], attributes);
    w.finish("Gather", &[&y, &order], vec![int("axis", 1)])
}

/// GatherGrad: a product with the matrix that says which row has which index, so that rows of one
/// index add up.
pub(super) fn write_gather_grad(w: &mut NodeWriter<'_, '_>, op: &ops::GatherGrad) -> Done {
    if w.dtype(0) != DType::F32 {
        return Err(w.refuse("its cotangent is not of floats; write the network without its gradient"));
    }
    let (dy, output) = (w.shape(0), w.output_shape());
    let named: usize = w.shape(1).iter().product();
    let outer: usize = dy[..op.axis].iter().product();
    let inner: usize = output[op.axis + 1..].iter().product();
    let (indices, row) = (w.input(1), w.ints(&[1, named]));
    let indices = w.step("Reshape", &[&indices, &row], vec![]);
    // Negative indices count from the end.
    let extent = w.constant(Tensor::i64([], vec![op.extent as i64]));
    let from_end = w.step("Add", &[&indices, &extent], vec![]);
    let zero = w.constant(Tensor::i64([], vec![0]));
    let is_negative = w.step("Less", &[&indices, &zero], vec![]);
    let indices = w.step("Where", &[&is_negative, &from_end, &indices], vec![]);
    let places = w.constant(Tensor::i64([op.extent, 1], (0..op.extent as i64).collect()));
    let matches = w.step("Equal", &[&places, &indices], vec![]);
    let matrix = w.step("Cast", &[&matches], vec![int("to", Element::F32.number().into())]);
    let (cotangent, rows) = (w.input(0), w.ints(&[outer, named, inner]));
    let rows = w.step("Reshape", &[&cotangent, &rows], vec![]);
    let sums = w.step("MatMul", &[&matrix, &rows], vec![]);
    let shape = w.ints(&output);
    w.finish("Reshape", &[&sums, &shape], vec![])
}
