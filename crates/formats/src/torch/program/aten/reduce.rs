//! Reductions.

use heatlens_graph::{DType, Op, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::Value;

/// Reduces the axes of `dim`; all of them where it is left out.
fn reduced(call: &mut Call<'_>, x: ValueId, op: fn(bool) -> Op) -> Result<ValueId, FormatError> {
    let keep_dims = call.flag("keepdim", false)?;
    let axes = call.axes("dim", x)?;
    along(call, x, &axes, op(keep_dims))
}

fn along(call: &mut Call<'_>, x: ValueId, axes: &[usize], op: Op) -> Result<ValueId, FormatError> {
    if axes.is_empty() {
        return Ok(x);
    }
    let axes: Vec<i64> = axes.iter().map(|&axis| axis as i64).collect();
    let axes = call.builder.ints(&axes);
    call.add(op, &[x, axes])
}

fn mean_op(keep_dims: bool) -> Op {
    ops::ReduceMean { keep_dims }.into()
}

/// The mean over the whole of an image's cells is a global pooling, as whoever looks for layers
/// knows it.
pub(super) fn mean(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    Ok(reduced(call, x, mean_op)?.into())
}

/// Integers and truth values are counted.
pub(super) fn sum(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let x = if call.builder.dtype(x) == DType::Bool { call.cast(x, DType::I64)? } else { x };
    Ok(reduced(call, x, |keep_dims| ops::ReduceSum { keep_dims }.into())?.into())
}

fn max_op(keep_dims: bool) -> Op {
    ops::ReduceMax { keep_dims }.into()
}

fn min_op(keep_dims: bool) -> Op {
    ops::ReduceMin { keep_dims }.into()
}

pub(super) fn amax(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    Ok(reduced(call, x, max_op)?.into())
}

pub(super) fn amin(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    Ok(reduced(call, x, min_op)?.into())
}

pub(super) fn max(call: &mut Call<'_>) -> Built {
    extreme(call, max_op, super::arithmetic::maximum)
}

pub(super) fn min(call: &mut Call<'_>) -> Built {
    extreme(call, min_op, super::arithmetic::minimum)
}

/// Of all elements, along an axis (with where they lie, which nothing takes), or of two tensors.
fn extreme(call: &mut Call<'_>, op: fn(bool) -> Op, of_two: fn(&mut Call<'_>) -> Built) -> Built {
    if call.get("other").is_some() {
        return of_two(call);
    }
    match call.get("dim") {
        None => {
            let x = call.input()?;
            Ok(reduced(call, x, op)?.into())
        }
        // The second argument of TorchScript is either.
        Some(&Value::Tensor(other)) => {
            let x = call.input()?;
            let other = call.cast(other, DType::F32)?;
            let op: Op = if matches!(op(false), Op::ReduceMax(_)) { ops::Max.into() } else { ops::Min.into() };
            call.give(op, &[x, other])
        }
        Some(_) => {
            let x = call.input()?;
            Ok(Value::List(vec![reduced(call, x, op)?.into(), Value::None]))
        }
    }
}

/// Whether any element holds.
pub(super) fn any(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let x = call.cast(x, DType::Bool)?;
    let x = call.cast(x, DType::F32)?;
    let most = reduced(call, x, max_op)?;
    Ok(call.cast(most, DType::Bool)?.into())
}

/// Variance and mean; `correction` is subtracted from the number of elements.
fn moments(call: &mut Call<'_>) -> Result<[ValueId; 2], FormatError> {
    let x = call.input()?;
    // `var(x, unbiased)` has the flag in the place of the axes.
    let (axes, unbiased) = match call.get("dim") {
        Some(Value::Bool(unbiased)) => ((0..call.rank(x)).collect(), Some(*unbiased)),
        _ => (call.axes("dim", x)?, None),
    };
    let unbiased = match (unbiased, call.get("correction").or(call.get("unbiased"))) {
        (Some(flag), _) => f64::from(u8::from(flag)),
        (None, None) => 1.0,
        (None, Some(Value::Bool(flag))) => f64::from(u8::from(*flag)),
        (None, Some(_)) => call.number("correction", 1.0)?,
    };
    let keep_dims = call.flag("keepdim", false)?;
    let mean = along(call, x, &axes, mean_op(true))?;
    let from_mean = call.add(ops::Sub, &[x, mean])?;
    let square = call.add(ops::Mul, &[from_mean, from_mean])?;
    let variance = along(call, square, &axes, mean_op(keep_dims))?;
    let mean = if keep_dims { mean } else { along(call, x, &axes, mean_op(false))? };
    if unbiased == 0.0 {
        return Ok([variance, mean]);
    }
    let mut count = 1.0;
    for &axis in &axes {
        let extent = call.builder.extent(x, axis)?;
        count *= call.builder.settle(extent) as f64;
    }
    let factor = call.builder.number(count / (count - unbiased).max(0.0), DType::F32);
    Ok([call.add(ops::Mul, &[variance, factor])?, mean])
}

pub(super) fn variance(call: &mut Call<'_>) -> Built {
    Ok(moments(call)?[0].into())
}

pub(super) fn deviation(call: &mut Call<'_>) -> Built {
    let [variance, _] = moments(call)?;
    call.give(ops::Sqrt, &[variance])
}

pub(super) fn variance_and_mean(call: &mut Call<'_>) -> Built {
    let [variance, mean] = moments(call)?;
    Ok(Value::List(vec![variance.into(), mean.into()]))
}

/// The Euclidean norm, or the sum of absolute values.
pub(super) fn norm(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let order = if call.get("p").is_some() { "p" } else { "ord" };
    match call.number(order, 2.0)? {
        2.0 => Ok(reduced(call, x, |keep_dims| ops::ReduceL2 { keep_dims }.into())?.into()),
        1.0 => {
            let sizes = call.add(ops::Abs, &[x])?;
            Ok(reduced(call, sizes, |keep_dims| ops::ReduceSum { keep_dims }.into())?.into())
        }
        other => Err(call.unsupported(format!("a norm of order {other}"))),
    }
}

/// `m + ln Σ exp(x − m)`, m the maximum.
pub(super) fn log_sum_exp(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let (axes, keep_dims) = (call.axes("dim", x)?, call.flag("keepdim", false)?);
    let most = along(call, x, &axes, max_op(true))?;
    let below = call.add(ops::Sub, &[x, most])?;
    let power = call.add(ops::Exp, &[below])?;
    let sum = along(call, power, &axes, ops::ReduceSum { keep_dims }.into())?;
    let log = call.add(ops::Log, &[sum])?;
    let most = if keep_dims { most } else { along(call, x, &axes, max_op(false))? };
    call.give(ops::Add, &[log, most])
}
