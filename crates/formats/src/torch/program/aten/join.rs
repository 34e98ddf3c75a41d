//! Tensors put together.

use heatlens_graph::{DType, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;

/// The tensors of a call in one type.
fn alike(call: &mut Call<'_>) -> Result<Vec<ValueId>, FormatError> {
    let mut tensors = call.tensors("tensors")?;
    if tensors.is_empty() {
        return Err(call.damaged("it joins no tensor"));
    }
    if tensors.iter().any(|&x| call.builder.dtype(x) == DType::F32) {
        for x in &mut tensors {
            *x = call.cast(*x, DType::F32)?;
        }
    }
    Ok(tensors)
}

pub(super) fn cat(call: &mut Call<'_>) -> Built {
    let tensors = alike(call)?;
    let axis = call.axis("dim", 0, tensors[0])? as isize;
    call.give(ops::Concat { axis }, &tensors)
}

pub(super) fn stack(call: &mut Call<'_>) -> Built {
    let mut tensors = alike(call)?;
    let axis = call.int("dim", 0)?;
    let axis = call.axis_of(axis, call.rank(tensors[0]) + 1)?;
    let axes = call.builder.ints(&[axis as i64]);
    for x in &mut tensors {
        *x = call.add(ops::Unsqueeze, &[*x, axes])?;
    }
    call.give(ops::Concat { axis: axis as isize }, &tensors)
}
