//! Normalisations, softmax and dropout.

use heatlens_graph::{Tensor, ValueId, ops};

use super::{Context, Done, NodeWriter, Translated, float, int};
use crate::FormatError;

/// BatchNormalization with running statistics. With those of its argument only where that is a
/// weight, which some networks standardise so.
pub(super) fn batch(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    if !attributes.flag("spatial", true)? {
        return Err(cx.unsupported("a batch normalisation over single cells (spatial=0); export with opset 9 or later"));
    }
    let epsilon = attributes.float("epsilon", 1e-5)?;
    let x = cx.input(0)?;
    // Before opset 14 more than one output said the same.
    let old_training = cx.opset < 14 && cx.node.output.iter().skip(1).any(|o| !o.is_empty());
    if attributes.flag("training_mode", false)? || old_training {
        if cx.shape(x).first() != Some(&1) || cx.depends_on_image(x) {
            return Err(training(cx));
        }
        let inputs = [x, cx.input(1)?, cx.input(2)?];
        return cx.finish(ops::InstanceNormalization { epsilon }, &inputs);
    }
    let inputs = (0..5).map(|i| cx.input(i)).collect::<Result<Vec<_>, _>>()?;
    cx.finish(ops::BatchNormalization { epsilon }, &inputs)
}

fn training(cx: &Context<'_, '_>) -> FormatError {
    cx.unsupported(
        "the model was exported in training mode, so that its prediction changes with the batch; call `model.eval()` \
         and export it again",
    )
}

/// Dropout, which does nothing at inference; its mask is not computed.
pub(super) fn dropout(cx: &mut Context<'_, '_>) -> Translated {
    let training_mode = cx.optional(2).and_then(|v| cx.known(v)).and_then(|t| t.as_bool()).and_then(|t| t.first());
    if training_mode == Some(&true) {
        return Err(training(cx));
    }
    cx.unary(ops::Dropout)
}

/// InstanceNormalization.
pub(super) fn instance(cx: &mut Context<'_, '_>) -> Translated {
    let epsilon = cx.attributes().float("epsilon", 1e-5)?;
    let inputs = [cx.input(0)?, cx.input(1)?, cx.input(2)?];
    cx.finish(ops::InstanceNormalization { epsilon }, &inputs)
}

/// LayerNormalization.
pub(super) fn layer(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    let op =
        ops::LayerNormalization { axis: attributes.axis("axis", -1)?, epsilon: attributes.float("epsilon", 1e-5)? };
    let mut inputs = vec![cx.input(0)?, cx.input(1)?];
    inputs.extend(cx.optional(2));
    cx.finish(op, &inputs)
}

/// GroupNormalization; scale and bias are per group before opset 21, per channel then.
pub(super) fn group(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    let (x, scale, bias) = (cx.input(0)?, cx.input(1)?, cx.input(2)?);
    let given = attributes.int("num_groups", 0)?;
    let channels = cx.shape(x).get(1).copied().unwrap_or(0);
    let groups = usize::try_from(given).ok().filter(|&g| g > 0 && channels % g == 0);
    let groups = groups.ok_or_else(|| cx.damaged(format!("{given} groups do not divide {channels} channels")))?;
    let op = ops::GroupNormalization { groups, epsilon: attributes.float("epsilon", 1e-5)? };
    let (scale, bias) = if cx.opset < 21 {
        (per_channel(cx, scale, groups, channels)?, per_channel(cx, bias, groups, channels)?)
    } else {
        (scale, bias)
    };
    cx.finish(op, &[x, scale, bias])
}

/// One value a group → one value a channel.
fn per_channel(
    cx: &mut Context<'_, '_>,
    value: ValueId,
    groups: usize,
    channels: usize,
) -> Result<ValueId, FormatError> {
    if groups == channels {
        return Ok(value);
    }
    let (groups, of_group) = (groups as i64, (channels / groups) as i64);
    let (column, full, flat) = (cx.ints(&[groups, 1]), cx.ints(&[groups, of_group]), cx.ints(&[-1]));
    let value = cx.step(ops::Reshape { allow_zero: false }, &[value, column])?;
    let value = cx.step(ops::Expand, &[value, full])?;
    cx.step(ops::Reshape { allow_zero: false }, &[value, flat])
}

/// LRN.
pub(super) fn lrn(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    let size = attributes.int("size", 0)?;
    let size = usize::try_from(size)
        .ok()
        .filter(|s| (1..1 << 20).contains(s))
        .ok_or_else(|| cx.damaged(format!("its window has {size} channels")))?;
    let (alpha, beta, bias) =
        (attributes.float("alpha", 1e-4)?, attributes.float("beta", 0.75)?, attributes.float("bias", 1.0)?);
    cx.unary(ops::Lrn { size, alpha, beta, bias })
}

/// LpNormalization with p = 2: `x / ‖x‖` along one axis.
pub(super) fn lp(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    if attributes.int("p", 2)? != 2 {
        return Err(cx.unsupported("a normalisation by the sum of absolute values (p=1); p=2 is supported"));
    }
    let (x, axis) = (cx.input(0)?, attributes.int("axis", -1)?);
    let axis = cx.ints(&[axis]);
    let norm = cx.step(ops::ReduceL2 { keep_dims: true }, &[x, axis])?;
    cx.finish(ops::Div, &[x, norm])
}

/// Softmax.
pub(super) fn softmax(cx: &mut Context<'_, '_>) -> Translated {
    match softmax_axis(cx)? {
        Axis::Along(axis) => cx.unary(ops::Softmax { axis }),
        Axis::From(axis) => {
            let x = cx.input(0)?;
            let flat = cx.step(ops::Flatten { axis }, &[x])?;
            let y = cx.step(ops::Softmax { axis: 1 }, &[flat])?;
            unflatten(cx, y, x)
        }
    }
}

/// LogSoftmax.
pub(super) fn log_softmax(cx: &mut Context<'_, '_>) -> Translated {
    match softmax_axis(cx)? {
        Axis::Along(axis) => cx.unary(ops::LogSoftmax { axis }),
        Axis::From(axis) => {
            let x = cx.input(0)?;
            let flat = cx.step(ops::Flatten { axis }, &[x])?;
            let y = cx.step(ops::LogSoftmax { axis: 1 }, &[flat])?;
            unflatten(cx, y, x)
        }
    }
}

fn unflatten(cx: &mut Context<'_, '_>, y: ValueId, like: ValueId) -> Translated {
    let shape = cx.step(ops::Shape { start: 0, end: None }, &[like])?;
    cx.finish(ops::Reshape { allow_zero: true }, &[y, shape])
}

/// What a softmax sums over.
enum Axis {
    /// One dimension.
    Along(isize),
    /// This dimension and all behind it, as before opset 13.
    From(isize),
}

fn softmax_axis(cx: &Context<'_, '_>) -> Result<Axis, FormatError> {
    if cx.opset >= 13 {
        return Ok(Axis::Along(cx.attributes().axis("axis", -1)?));
    }
    let axis = cx.attributes().axis("axis", 1)?;
    let shape = cx.shape(cx.input(0)?);
    let rank = shape.len() as isize;
    let positive = if axis < 0 { axis.saturating_add(rank) } else { axis };
    if !(0..=rank).contains(&positive) {
        return Err(cx.damaged(format!("it has no axis {axis}")));
    }
    let behind = shape.iter().skip(positive as usize + 1);
    Ok(if positive < rank && behind.into_iter().all(|&d| d == 1) {
        Axis::Along(positive)
    } else {
        Axis::From(positive)
    })
}

/// LRN.
pub(super) fn write_lrn(w: &mut NodeWriter<'_, '_>, op: &ops::Lrn) -> Done {
    let attributes =
        vec![int("size", op.size as i64), float("alpha", op.alpha), float("beta", op.beta), float("bias", op.bias)];
    w.same("LRN", attributes)
}

/// GroupNormalization, whose scale and bias are per channel since opset 21 only: the groups are
/// normalised as if each were one channel, then scaled.
pub(super) fn write_group(w: &mut NodeWriter<'_, '_>, op: &ops::GroupNormalization) -> Done {
    let (x, groups) = (w.input(0), op.groups);
    let column = w.constant(Tensor::ints(&[0, groups as i64, -1]));
    let grouped = w.step("Reshape", &[&x, &column], vec![]);
    let one = w.constant(Tensor::f32([groups], vec![1.0; groups]));
    let zero = w.constant(Tensor::f32([groups], vec![0.0; groups]));
    let normal = w.step("InstanceNormalization", &[&grouped, &one, &zero], vec![float("epsilon", op.epsilon)]);
    let shape = w.step("Shape", &[&x], vec![]);
    let y = w.step("Reshape", &[&normal, &shape], vec![]);
    // A channel's number, broadcast over space.
    let trailing: Vec<usize> = (1..w.rank(0) - 1).collect();
    let axes = w.ints(&trailing);
    let scale = w.step("Unsqueeze", &[&w.input(1), &axes], vec![]);
    let bias = w.step("Unsqueeze", &[&w.input(2), &axes], vec![]);
    let scaled = w.step("Mul", &[&y, &scale], vec![]);
    w.finish("Add", &[&scaled, &bias], vec![])
}
