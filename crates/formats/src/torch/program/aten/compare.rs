//! Comparisons, truth values and what they choose.

use heatlens_graph::{DType, Op, ops};

use super::arithmetic::tensors;
use super::{Built, Call};
use crate::torch::program::Value;

/// Of numbers at once, of tensors element by element.
fn compared(call: &mut Call<'_>, op: impl Into<Op>, holds: fn(f64, f64) -> bool) -> Built {
    let is_tensor = |name: &str| matches!(call.get(name), Some(Value::Tensor(_)));
    if is_tensor("self") || is_tensor("other") {
        let (a, b) = tensors(call, "self", "other")?;
        return call.give(op, &[a, b]);
    }
    if let (Some(Value::Int(a)), Some(Value::Int(b))) = (call.get("self"), call.get("other")) {
        let (a, b) = (*a, *b);
        // What follows holds for this shape of the image alone.
        let (a, b) = (call.builder.settle(a), call.builder.settle(b));
        return Ok(Value::Bool(holds(f64::from(a.cmp(&b) as i8), 0.0)));
    }
    let (a, b) = (call.number("self", 0.0)?, call.number("other", 0.0)?);
    Ok(Value::Bool(holds(a, b)))
}

pub(super) fn equal(call: &mut Call<'_>) -> Built {
    match same(call) {
        Some(same) => Ok(Value::Bool(same)),
        None => compared(call, ops::Equal, |a, b| a == b),
    }
}

pub(super) fn unequal(call: &mut Call<'_>) -> Built {
    if let Some(same) = same(call) {
        return Ok(Value::Bool(!same));
    }
    match compared(call, ops::Equal, |a, b| a == b)? {
        Value::Bool(equal) => Ok(Value::Bool(!equal)),
        Value::Tensor(equal) => call.give(ops::Not, &[equal]),
        other => Ok(other),
    }
}

/// Whether two texts, lists or types, or a value and none, are the same; all tensors lie in one place.
fn same(call: &Call<'_>) -> Option<bool> {
    match (call.get("self"), call.get("other")) {
        (Some(Value::Text(a)), Some(Value::Text(b))) => Some(a == b),
        (Some(Value::List(a)), Some(Value::List(b))) => Some(a == b),
        (Some(Value::Place), Some(Value::Place)) => Some(true),
        (Some(Value::Kind(_)), _) | (_, Some(Value::Kind(_))) => Some(call.kind("self") == call.kind("other")),
        (a, b) if a.is_none() || b.is_none() => Some(a.is_none() && b.is_none()),
        _ => None,
    }
}

pub(super) fn greater(call: &mut Call<'_>) -> Built {
    compared(call, ops::Greater, |a, b| a > b)
}

pub(super) fn greater_or_equal(call: &mut Call<'_>) -> Built {
    compared(call, ops::GreaterOrEqual, |a, b| a >= b)
}

pub(super) fn less(call: &mut Call<'_>) -> Built {
    compared(call, ops::Less, |a, b| a < b)
}

pub(super) fn less_or_equal(call: &mut Call<'_>) -> Built {
    compared(call, ops::LessOrEqual, |a, b| a <= b)
}

pub(super) fn not(call: &mut Call<'_>) -> Built {
    if let Some(Value::Bool(flag)) = call.get("self") {
        return Ok(Value::Bool(!flag));
    }
    let x = call.tensor("self")?;
    truth(call, &[x])?;
    call.give(ops::Not, &[x])
}

/// Bits of integers are not computed with.
fn truth(call: &Call<'_>, operands: &[heatlens_graph::ValueId]) -> Result<(), crate::FormatError> {
    match operands.iter().all(|&x| call.builder.dtype(x) == DType::Bool) {
        true => Ok(()),
        false => Err(call.unsupported("truth of numbers")),
    }
}

fn logical(call: &mut Call<'_>, op: impl Into<Op>, holds: fn(bool, bool) -> bool) -> Built {
    if let (Some(Value::Bool(a)), Some(Value::Bool(b))) = (call.get("self"), call.get("other")) {
        return Ok(Value::Bool(holds(*a, *b)));
    }
    let (a, b) = (call.tensor("self")?, call.tensor("other")?);
    truth(call, &[a, b])?;
    call.give(op, &[a, b])
}

pub(super) fn and(call: &mut Call<'_>) -> Built {
    logical(call, ops::And, |a, b| a && b)
}

pub(super) fn or(call: &mut Call<'_>) -> Built {
    logical(call, ops::Or, |a, b| a || b)
}

/// `condition ? self : other`.
pub(super) fn choose(call: &mut Call<'_>) -> Built {
    let condition = call.tensor("condition")?;
    let condition = call.cast(condition, DType::Bool)?;
    let (a, b) = tensors(call, "self", "other")?;
    call.give(ops::Where, &[condition, a, b])
}

/// A value where the mask holds.
pub(super) fn masked_fill(call: &mut Call<'_>) -> Built {
    let mask = call.tensor("mask")?;
    let mask = call.cast(mask, DType::Bool)?;
    let x = call.tensor("self")?;
    let value = call.tensor("value")?;
    let dtype = call.builder.dtype(x);
    let value = call.cast(value, dtype)?;
    call.give(ops::Where, &[mask, value, x])
}
