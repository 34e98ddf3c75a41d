//! Operators on single elements.

use heatlens_graph::{DType, Op, ValueId, ops};

use super::{Context, Done, NodeWriter, Translated};
use crate::FormatError;

/// Elu.
pub(super) fn elu(cx: &mut Context<'_, '_>) -> Translated {
    let alpha = cx.attributes().float("alpha", 1.0)?;
    cx.unary(ops::Elu { alpha })
}

/// Celu, `max(x, 0) + min(alpha · (e^(x/alpha) − 1), 0)`: an Elu of x/alpha, scaled.
pub(super) fn celu(cx: &mut Context<'_, '_>) -> Translated {
    let alpha = cx.attributes().float("alpha", 1.0)?;
    let (x, factor) = (cx.input(0)?, cx.scalar(alpha));
    let scaled = cx.step(ops::Div, &[x, factor])?;
    let elu = cx.step(ops::Elu { alpha: 1.0 }, &[scaled])?;
    cx.finish(ops::Mul, &[elu, factor])
}

/// LeakyRelu.
pub(super) fn leaky_relu(cx: &mut Context<'_, '_>) -> Translated {
    let alpha = cx.attributes().float("alpha", 0.01)?;
    cx.unary(ops::LeakyRelu { alpha })
}

/// ThresholdedRelu: x where x > alpha, else 0.
pub(super) fn thresholded_relu(cx: &mut Context<'_, '_>) -> Translated {
    let alpha = cx.attributes().float("alpha", 1.0)?;
    let (x, alpha, zero) = (cx.input(0)?, cx.scalar(alpha), cx.scalar(0.0));
    let above = cx.step(ops::Greater, &[x, alpha])?;
    cx.finish(ops::Where, &[above, x, zero])
}

/// HardSigmoid.
pub(super) fn hard_sigmoid(cx: &mut Context<'_, '_>) -> Translated {
    let (alpha, beta) = (cx.attributes().float("alpha", 0.2)?, cx.attributes().float("beta", 0.5)?);
    cx.unary(ops::HardSigmoid { alpha, beta })
}

/// Selu.
pub(super) fn selu(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    let (alpha, gamma) = (attributes.float("alpha", 1.673_263_2)?, attributes.float("gamma", 1.050_701)?);
    cx.unary(ops::Selu { alpha, gamma })
}

/// Gelu.
pub(super) fn gelu(cx: &mut Context<'_, '_>) -> Translated {
    match cx.attributes().text("approximate", "none")? {
        "none" => cx.unary(ops::Gelu { tanh: false }),
        "tanh" => cx.unary(ops::Gelu { tanh: true }),
        other => Err(cx.damaged(format!("attribute `approximate` is `{other}`, which ONNX does not have"))),
    }
}

/// Swish, `x · sigmoid(alpha · x)`.
pub(super) fn swish(cx: &mut Context<'_, '_>) -> Translated {
    let alpha = cx.attributes().float("alpha", 1.0)?;
    scaled_swish(cx, alpha)
}

/// `x · sigmoid(alpha · x)`.
pub(super) fn scaled_swish(cx: &mut Context<'_, '_>, alpha: f32) -> Translated {
    if alpha == 1.0 {
        return cx.unary(ops::Silu);
    }
    let (x, alpha) = (cx.input(0)?, cx.scalar(alpha));
    let scaled = cx.step(ops::Mul, &[x, alpha])?;
    let gate = cx.step(ops::Sigmoid, &[scaled])?;
    cx.finish(ops::Mul, &[x, gate])
}

/// Clip; the bounds are attributes before opset 11.
pub(super) fn clip(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let (min, max) = (bound(cx, 1, "min")?, bound(cx, 2, "max")?);
    cx.finish_with(ops::Clip, vec![Some(x), min, max])
}

/// A bound of Clip. Old files write the largest floats for none.
fn bound(cx: &mut Context<'_, '_>, i: usize, name: &str) -> Result<Option<ValueId>, FormatError> {
    if cx.optional(i).is_some() || !cx.attributes().has(name) {
        return Ok(cx.optional(i));
    }
    let bound = cx.attributes().float(name, 0.0)?;
    Ok(if bound.abs() < f32::MAX { Some(cx.scalar(bound)) } else { None })
}

/// Pow; the exponent may be an integer.
pub(super) fn pow(cx: &mut Context<'_, '_>) -> Translated {
    let (base, exponent) = (cx.input(0)?, cx.input(1)?);
    if cx.dtype(base) == cx.dtype(exponent) {
        return cx.finish(ops::Pow, &[base, exponent]);
    }
    let (base, exponent) = (cx.as_floats(base)?, cx.as_floats(exponent)?);
    cx.finish(ops::Pow, &[base, exponent])
}

/// Mod, of integers.
pub(super) fn modulo(cx: &mut Context<'_, '_>) -> Translated {
    let a = cx.input(0)?;
    if cx.dtype(a) != DType::I64 || cx.attributes().flag("fmod", false)? {
        return Err(cx.unsupported("the remainder of floats; export the model without it"));
    }
    cx.binary(ops::Mod)
}

/// Where.
pub(super) fn where_(cx: &mut Context<'_, '_>) -> Translated {
    let (condition, a, b) = (cx.input(0)?, cx.input(1)?, cx.input(2)?);
    cx.finish(ops::Where, &[condition, a, b])
}

/// Sum of any number of arguments.
pub(super) fn sum(cx: &mut Context<'_, '_>) -> Translated {
    chain(cx, ops::Add)
}

/// Largest of any number of arguments.
pub(super) fn max(cx: &mut Context<'_, '_>) -> Translated {
    chain(cx, ops::Max)
}

/// Smallest of any number of arguments.
pub(super) fn min(cx: &mut Context<'_, '_>) -> Translated {
    chain(cx, ops::Min)
}

/// Mean of any number of arguments.
pub(super) fn mean(cx: &mut Context<'_, '_>) -> Translated {
    let inputs = cx.all_inputs()?;
    let mut total = inputs[0];
    for &next in &inputs[1..] {
        total = cx.step(ops::Add, &[total, next])?;
    }
    let factor = cx.scalar(1.0 / inputs.len() as f32);
    cx.finish(ops::Mul, &[total, factor])
}

/// An operator of any number of arguments as one of two, applied in turn.
fn chain(cx: &mut Context<'_, '_>, op: impl Into<Op>) -> Translated {
    let (op, inputs) = (op.into(), cx.all_inputs()?);
    let (&last, before) = inputs.split_last().expect("there are arguments");
    let Some((&first, middle)) = before.split_first() else { return cx.finish(ops::Identity, &[last]) };
    let mut result = first;
    for &next in middle {
        result = cx.step(op.clone(), &[result, next])?;
    }
    cx.finish(op, &[result, last])
}

/// Clip, whose bounds ONNX wants without dimensions.
pub(super) fn write_clip(w: &mut NodeWriter<'_, '_>) -> Done {
    let mut inputs = vec![w.input(0)];
    for i in 1..w.inputs() {
        let bound = w.input(i);
        inputs.push(if bound.is_empty() || w.rank(i) == 0 { bound } else { w.without_dimensions(&bound) });
    }
    w.finish("Clip", &inputs.iter().map(String::as_str).collect::<Vec<_>>(), vec![])
}

/// Silu, which ONNX has since opset 24 (Swish): `x · sigmoid(x)`.
pub(super) fn write_silu(w: &mut NodeWriter<'_, '_>) -> Done {
    let x = w.input(0);
    let gate = w.step("Sigmoid", &[&x], vec![]);
    w.finish("Mul", &[&x, &gate], vec![])
}
