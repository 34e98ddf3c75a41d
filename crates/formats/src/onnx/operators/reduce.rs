//! Reductions. The axes are an attribute before opset 18 (ReduceSum: 13).

use heatlens_graph::{Op, ValueId, ops};

use super::{Context, Translated};
use crate::FormatError;

/// ReduceMean.
pub(super) fn mean(cx: &mut Context<'_, '_>) -> Translated {
    plain(cx, |keep_dims| ops::ReduceMean { keep_dims })
}

/// ReduceSum.
pub(super) fn sum(cx: &mut Context<'_, '_>) -> Translated {
    plain(cx, |keep_dims| ops::ReduceSum { keep_dims })
}

/// ReduceMax.
pub(super) fn max(cx: &mut Context<'_, '_>) -> Translated {
    plain(cx, |keep_dims| ops::ReduceMax { keep_dims })
}

/// ReduceMin.
pub(super) fn min(cx: &mut Context<'_, '_>) -> Translated {
    plain(cx, |keep_dims| ops::ReduceMin { keep_dims })
}

/// ReduceProd.
pub(super) fn prod(cx: &mut Context<'_, '_>) -> Translated {
    plain(cx, |keep_dims| ops::ReduceProd { keep_dims })
}

/// ReduceL2.
pub(super) fn l2(cx: &mut Context<'_, '_>) -> Translated {
    plain(cx, |keep_dims| ops::ReduceL2 { keep_dims })
}

/// ReduceL1, the sum of absolute values.
pub(super) fn l1(cx: &mut Context<'_, '_>) -> Translated {
    sum_of(cx, |cx, x| cx.step(ops::Abs, &[x]))
}

/// ReduceSumSquare, the sum of squares.
pub(super) fn sum_square(cx: &mut Context<'_, '_>) -> Translated {
    sum_of(cx, |cx, x| cx.step(ops::Mul, &[x, x]))
}

fn plain<O: Into<Op>>(cx: &mut Context<'_, '_>, op: impl Fn(bool) -> O) -> Translated {
    let x = cx.input(0)?;
    match axes(cx)? {
        Axes::Nothing => cx.finish(ops::Identity, &[x]),
        axes => reduce(cx, op, x, axes),
    }
}

fn sum_of(
    cx: &mut Context<'_, '_>,
    map: impl Fn(&mut Context<'_, '_>, ValueId) -> Result<ValueId, FormatError>,
) -> Translated {
    let x = cx.input(0)?;
    let (mapped, axes) = (map(cx, x)?, axes(cx)?);
    match axes {
        Axes::Nothing => cx.finish(ops::Identity, &[mapped]),
        axes => reduce(cx, |keep_dims| ops::ReduceSum { keep_dims }, mapped, axes),
    }
}

fn reduce<O: Into<Op>>(cx: &mut Context<'_, '_>, op: impl Fn(bool) -> O, x: ValueId, axes: Axes) -> Translated {
    let op = op(cx.attributes().flag("keepdims", true)?);
    match axes {
        Axes::These(axes) => cx.finish(op, &[x, axes]),
        _ => cx.finish(op, &[x]),
    }
}

/// What is reduced over.
enum Axes {
    These(ValueId),
    All,
    Nothing,
}

fn axes(cx: &mut Context<'_, '_>) -> Result<Axes, FormatError> {
    let axes = cx.ints_argument(1, "axes")?;
    let empty = axes.is_none_or(|axes| cx.known(axes).is_some_and(|t| t.is_empty()));
    Ok(match axes {
        _ if empty && cx.attributes().flag("noop_with_empty_axes", false)? => Axes::Nothing,
        Some(axes) if !empty => Axes::These(axes),
        _ => Axes::All,
    })
}
