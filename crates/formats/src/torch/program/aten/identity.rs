//! What changes no number: dropout once training is over, copies, element types.

use heatlens_graph::{DType, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::{Kind, Value};

pub(super) fn dropout(call: &mut Call<'_>) -> Built {
    if call.flag("train", false)? && call.number("p", 0.5)? != 0.0 {
        return Err(call.unsupported(
            "dropout that drops: the model was saved in training mode. Call `model.eval()` before saving or exporting it",
        ));
    }
    Ok(call.need("self")?.clone())
}

/// The same, which returns what was kept as well.
pub(super) fn native_dropout(call: &mut Call<'_>) -> Built {
    let kept = dropout(call)?;
    let Value::Tensor(x) = kept else { return Err(call.damaged("no tensor")) };
    Ok(Value::List(vec![call.give(ops::Identity, &[x])?, Value::None]))
}

/// A tensor that shares its elements where PyTorch can have it so.
pub(super) fn same(call: &mut Call<'_>) -> Built {
    match call.need("self")?.clone() {
        Value::Tensor(x) if call.name == "contiguous" => call.give(ops::Identity, &[x]),
        other => Ok(other),
    }
}

/// A tensor of its own, which operators in place do not change with the other.
pub(super) fn clone(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    call.give(ops::Identity, &[x])
}

/// Another element type; devices and layouts change no number.
pub(super) fn to(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    // It stands in several places: `to(dtype)`, `to(device, dtype)`, `to(other)`.
    let kind = call.arguments.iter().skip(1).find_map(|(name, value)| match value {
        Value::Kind(kind) => Some(*kind),
        Value::Int(int) if !matches!(*name, "memory_format" | "copy" | "non_blocking") || call.name == "to" => {
            Some(Kind::of_c10(int.now))
        }
        Value::Tensor(other) => Some(match call.builder.dtype(*other) {
            DType::F32 => Kind::Float,
            DType::I64 => Kind::Int,
            DType::Bool => Kind::Bool,
        }),
        _ => None,
    });
    match kind {
        Some(kind) => converted(call, x, kind),
        None => Ok(x.into()),
    }
}

pub(super) fn to_copy(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let x = call.add(ops::Identity, &[x])?;
    match call.kind("dtype") {
        Some(kind) => converted(call, x, kind),
        None => Ok(x.into()),
    }
}

pub(super) fn float(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    converted(call, x, Kind::Float)
}

fn converted(call: &mut Call<'_>, x: heatlens_graph::ValueId, kind: Kind) -> Result<Value, FormatError> {
    if kind == Kind::Half {
        call.builder
            .note("the program computes in 16-bit floats; 32-bit floats are used here, so the last digits differ");
    }
    let dtype = kind
        .dtype()
        .ok_or_else(|| call.unsupported("elements of a type that is not computed in (complex, 8 or 16 bits)"))?;
    Ok(call.cast(x, dtype)?.into())
}

/// What only checks, or tells the exporter of sizes.
pub(super) fn nothing(_: &mut Call<'_>) -> Built {
    Ok(Value::None)
}
