//! Padding.

use heatlens_graph::ops::{self, PadMode};
use heatlens_graph::{DType, ValueId};

use super::{Built, Call};
use crate::FormatError;

pub(super) fn pad(call: &mut Call<'_>) -> Built {
    match call.text("mode", "constant")?.as_str() {
        "constant" => constant(call),
        "reflect" => padded(call, "pad", PadMode::Reflect, None),
        "replicate" => padded(call, "pad", PadMode::Edge, None),
        other => Err(call.unsupported(format!("`mode` {other:?}"))),
    }
}

pub(super) fn constant(call: &mut Call<'_>) -> Built {
    let value = call.number("value", 0.0)?;
    padded(call, "pad", PadMode::Constant, Some(value))
}

pub(super) fn reflection(call: &mut Call<'_>) -> Built {
    padded(call, "padding", PadMode::Reflect, None)
}

pub(super) fn replication(call: &mut Call<'_>) -> Built {
    padded(call, "padding", PadMode::Edge, None)
}

fn padded(call: &mut Call<'_>, name: &str, mode: PadMode, value: Option<f64>) -> Built {
    let x = call.tensor("self")?;
    let pads = pads(call, name, x)?;
    let pads = call.builder.ints(&pads);
    let dtype = call.builder.dtype(x);
    if dtype == DType::Bool {
        return Err(call.unsupported("padding of truth values"));
    }
    match value {
        Some(value) => {
            let value = call.builder.number(value, dtype);
            call.give(ops::Pad { mode }, &[x, pads, value])
        }
        None => call.give(ops::Pad { mode }, &[x, pads]),
    }
}

/// PyTorch says the pads of the last axis first, before and after; ONNX all befores, then all afters.
fn pads(call: &mut Call<'_>, name: &str, x: ValueId) -> Result<Vec<i64>, FormatError> {
    let given = call.ints(name)?.ok_or_else(|| call.damaged(format!("`{name}` is missing")))?;
    let rank = call.rank(x);
    if given.len() % 2 != 0 || given.len() / 2 > rank {
        return Err(call.damaged(format!("`{name}` of {} numbers for {rank} axes", given.len())));
    }
    let mut pads = vec![0; 2 * rank];
    for (from_end, pair) in given.chunks_exact(2).enumerate() {
        let axis = rank - 1 - from_end;
        pads[axis] = pair[0];
        pads[rank + axis] = pair[1];
    }
    Ok(pads)
}
