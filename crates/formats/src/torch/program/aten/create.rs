//! Tensors that are made and not computed.

use heatlens_graph::{DType, Tensor, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::{Int, Value};

/// Written-out tensors are short; longer ones are weights.
const LONGEST: usize = 1 << 16;

fn one(value: f64, dtype: DType) -> Tensor {
    match dtype {
        DType::F32 => Tensor::f32([1], vec![value as f32]),
        DType::I64 => Tensor::i64([1], vec![value as i64]),
        DType::Bool => Tensor::bool([1], vec![value != 0.0]),
    }
}

/// The element type asked for, else `default`.
fn dtype(call: &Call<'_>, default: DType) -> Result<DType, FormatError> {
    match call.kind("dtype") {
        None => Ok(default),
        Some(kind) => kind.dtype().ok_or_else(|| call.unsupported("elements of a type that is not computed in")),
    }
}

fn filled(call: &mut Call<'_>, sizes: &[Int], value: f64, default: DType) -> Built {
    let dtype = dtype(call, default)?;
    let shape = call.builder.list(sizes)?;
    call.give(ops::ConstantOfShape { value: one(value, dtype) }, &[shape])
}

fn sized(call: &mut Call<'_>, value: f64, default: DType) -> Built {
    let sizes = call.sizes("size")?.ok_or_else(|| call.damaged("`size` is missing"))?;
    if sizes.first().is_some_and(|first| Some(first.now) == call.builder.batch.map(|batch| batch as i64)) {
        return Err(call.unsupported(
            "a size that may be the number of images, for which the program was made: export it with a free batch",
        ));
    }
    filled(call, &sizes, value, default)
}

pub(super) fn zeros(call: &mut Call<'_>) -> Built {
    sized(call, 0.0, DType::F32)
}

pub(super) fn ones(call: &mut Call<'_>) -> Built {
    sized(call, 1.0, DType::F32)
}

/// The value to fill with, and the type that it has by itself.
fn fill(call: &mut Call<'_>) -> Result<(f64, DType), FormatError> {
    let dtype = match call.get("fill_value") {
        Some(Value::Int(_)) => DType::I64,
        Some(Value::Bool(_)) => DType::Bool,
        _ => DType::F32,
    };
    Ok((call.number("fill_value", 0.0)?, dtype))
}

pub(super) fn full(call: &mut Call<'_>) -> Built {
    let (value, dtype) = fill(call)?;
    sized(call, value, dtype)
}

/// In the shape of `self` or, of `new_…`, in that of `size`.
fn like(call: &mut Call<'_>, value: f64) -> Built {
    let x = call.tensor("self")?;
    let default = call.builder.dtype(x);
    if call.name.starts_with("new_") {
        return sized(call, value, default);
    }
    let sizes = super::shape::extents(call, x)?;
    filled(call, &sizes, value, default)
}

pub(super) fn zeros_like(call: &mut Call<'_>) -> Built {
    like(call, 0.0)
}

pub(super) fn ones_like(call: &mut Call<'_>) -> Built {
    like(call, 1.0)
}

pub(super) fn full_like(call: &mut Call<'_>) -> Built {
    let (value, _) = fill(call)?;
    like(call, value)
}

/// In the place of all elements of `self`, a value.
pub(super) fn fill_self(call: &mut Call<'_>) -> Built {
    let value = call.number("value", 0.0)?;
    like(call, value)
}

/// In the place of `self`, another tensor.
pub(super) fn copy(call: &mut Call<'_>) -> Built {
    let (x, from) = (call.tensor("self")?, call.tensor("src")?);
    let dtype = call.builder.dtype(x);
    let from = call.cast(from, dtype)?;
    let sizes = super::shape::extents(call, x)?;
    let sizes = call.builder.list(&sizes)?;
    call.give(ops::Expand, &[from, sizes])
}

/// A number, or a list of numbers, as a tensor.
pub(super) fn tensor(call: &mut Call<'_>) -> Built {
    let given = call.need("s")?.clone();
    if let Value::Int(int) = given {
        let dtype = dtype(call, DType::I64)?;
        return Ok(call.scalar_of(int, dtype)?.into());
    }
    let (values, shape, default): (Vec<f64>, Vec<usize>, DType) = match &given {
        Value::List(list) if list.len() <= LONGEST => {
            let number = |value: &Value| match value {
                Value::Float(number) => Some((*number, DType::F32)),
                Value::Int(int) => Some((int.now as f64, DType::I64)),
                Value::Bool(flag) => Some((f64::from(u8::from(*flag)), DType::Bool)),
                _ => None,
            };
            let numbers: Option<Vec<_>> = list.iter().map(number).collect();
            let numbers = numbers.ok_or_else(|| call.unsupported("lists of lists"))?;
            let dtype = numbers.first().map_or(DType::F32, |(_, dtype)| *dtype);
            (numbers.into_iter().map(|(number, _)| number).collect(), vec![list.len()], dtype)
        }
        Value::Float(number) => (vec![*number], vec![], DType::F32),
        Value::Bool(flag) => (vec![f64::from(u8::from(*flag))], vec![], DType::Bool),
        Value::Tensor(tensor) => return Ok(Value::Tensor(*tensor)),
        other => return Err(call.unsupported(format!("a tensor of {}", other.describe()))),
    };
    let tensor = match dtype(call, default)? {
        DType::F32 => Tensor::f32(shape, values.iter().map(|&x| x as f32).collect()),
        DType::I64 => Tensor::i64(shape, values.iter().map(|&x| x as i64).collect()),
        DType::Bool => Tensor::bool(shape, values.iter().map(|&x| x != 0.0).collect()),
    };
    Ok(call.builder.constant(tensor).into())
}

/// `start`, `start + step`, … below `end`.
pub(super) fn arange(call: &mut Call<'_>) -> Built {
    // TorchScript gives the end in the first place where it is alone.
    let (start, end) = if call.get("end").is_some() { (Some("start"), "end") } else { (None, "start") };
    let floats = ["start", "end", "step"].iter().any(|name| matches!(call.get(name), Some(Value::Float(_))));
    let dtype = dtype(call, if floats { DType::F32 } else { DType::I64 })?;
    let mut bound = |name: Option<&str>, default: i64| -> Result<ValueId, FormatError> {
        match name.and_then(|name| call.get(name)).cloned() {
            Some(Value::Float(number)) => Ok(call.builder.number(number, dtype)),
            Some(Value::Int(int)) => call.scalar_of(int, dtype),
            None => Ok(call.builder.number(default as f64, dtype)),
            Some(other) => Err(call.unsupported(format!("a range of {}", other.describe()))),
        }
    };
    let inputs = [bound(start, 0)?, bound(Some(end), 0)?, bound(Some("step"), 1)?];
    call.give(ops::Range, &inputs)
}
