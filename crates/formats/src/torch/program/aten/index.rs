//! Parts of tensors.

use heatlens_graph::{DType, Tensor, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::{Int, Part, Value};

/// More parts than any network makes of a tensor.
const MOST_PARTS: usize = 4096;

fn cut(call: &mut Call<'_>, x: ValueId, axis: usize, [start, end, step]: [Int; 3]) -> Result<ValueId, FormatError> {
    let lists = [start, end, Int::of(axis as i64), step];
    let mut inputs = vec![x];
    for list in lists {
        inputs.push(call.builder.list(&[list])?);
    }
    call.add(ops::Slice, &inputs)
}

pub(super) fn slice(call: &mut Call<'_>) -> Built {
    if let Some(Value::List(list)) = call.get("self") {
        return slice_of_list(call, list);
    }
    let x = call.tensor("self")?;
    let axis = call.axis("dim", 0, x)?;
    let start = call.size("start")?.unwrap_or(Int::of(0));
    let end = call.size("end")?.unwrap_or(Int::of(i64::MAX));
    let step = call.size("step")?.unwrap_or(Int::of(1));
    if (start.now, end.now, step.now) == (0, i64::MAX, 1) {
        return Ok(x.into());
    }
    if step.now < 1 {
        return Err(call.damaged(format!("a step of {}", step.now)));
    }
    let y = cut(call, x, axis, [start, end, step])?;
    if [start, end, step].iter().all(|int| int.source.is_none()) && step.now == 1 {
        let extent = call.builder.shape(x)[axis] as i64;
        let place = |at: i64| if at < 0 { at.saturating_add(extent) } else { at }.clamp(0, extent);
        let (start, end) = (place(start.now), place(end.now));
        if start < end {
            call.builder.part(y, Part { of: x, axis, start, end, selected: false });
        }
    }
    Ok(y.into())
}

/// `size[-2:]`: of lists the first argument behind it is where to start.
fn slice_of_list(call: &Call<'_>, list: &[Value]) -> Built {
    let bound = |name: &str, default: usize| match call.get(name) {
        None => Ok(default),
        Some(Value::Int(int)) => {
            let at = if int.now < 0 { int.now.saturating_add(list.len() as i64) } else { int.now };
            Ok(at.clamp(0, list.len() as i64) as usize)
        }
        Some(other) => Err(call.damaged(format!("a part of a list up to {}", other.describe()))),
    };
    let (start, end) = (bound("dim", 0)?, bound("start", list.len())?);
    if call.get("end").is_some_and(|step| *step != Value::from(1)) {
        return Err(call.unsupported("a part of a list in steps"));
    }
    Ok(Value::List(list.get(start..end).unwrap_or_default().to_vec()))
}

pub(super) fn select(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let (axis, index) = (call.axis("dim", 0, x)?, call.int("index", 0)?);
    let at = call.builder.constant(Tensor::i64([], vec![index]));
    let y = call.add(ops::Gather { axis: axis as isize }, &[x, at])?;
    let start = if index < 0 { index + call.builder.shape(x)[axis] as i64 } else { index };
    call.builder.part(y, Part { of: x, axis, start, end: start + 1, selected: true });
    Ok(y.into())
}

/// `self` with another tensor in the place of a part, as functionalised programs write what others do
/// in place.
pub(super) fn slice_scatter(call: &mut Call<'_>) -> Built {
    let (x, new) = (call.tensor("self")?, call.tensor("src")?);
    let axis = call.axis("dim", 0, x)?;
    let extent = call.builder.shape(x)[axis] as i64;
    if call.int("step", 1)? != 1 {
        return Err(call.unsupported("a part in steps"));
    }
    let place = |at: i64| if at < 0 { at.saturating_add(extent) } else { at }.clamp(0, extent);
    let (start, end) = (place(call.int("start", 0)?), place(call.int("end", i64::MAX)?));
    let part = Part { of: x, axis, start, end: end.max(start), selected: false };
    replaced(call, part, new)
}

pub(super) fn select_scatter(call: &mut Call<'_>) -> Built {
    let (x, new) = (call.tensor("self")?, call.tensor("src")?);
    let (axis, index) = (call.axis("dim", 0, x)?, call.int("index", 0)?);
    let start = if index < 0 { index.saturating_add(call.builder.shape(x)[axis] as i64) } else { index };
    let part = Part { of: x, axis, start, end: start.saturating_add(1), selected: true };
    replaced(call, part, new)
}

fn replaced(call: &mut Call<'_>, part: Part, new: ValueId) -> Built {
    let whole = call.builder.with_part(part, new)?;
    if call.builder.shape(whole) != call.builder.shape(part.of) {
        return Err(call.damaged("the part has another shape than what stands in its place"));
    }
    Ok(whole.into())
}

pub(super) fn narrow(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let (axis, start, length) = (call.axis("dim", 0, x)?, call.int("start", 0)?, call.int("length", 0)?);
    let start = if start < 0 { start.saturating_add(call.builder.shape(x)[axis] as i64) } else { start };
    Ok(cut(call, x, axis, [start, start.saturating_add(length), 1].map(Int::of))?.into())
}

pub(super) fn index_select(call: &mut Call<'_>) -> Built {
    let (x, index) = (call.tensor("self")?, call.tensor("index")?);
    let axis = call.axis("dim", 0, x)? as isize;
    call.give(ops::Gather { axis }, &[x, index])
}

/// `x[:, index]`: one list of places along one axis.
pub(super) fn index(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let Some(Value::List(indices)) = call.get("indices") else { return Err(call.damaged("`indices` is no list")) };
    let mut given = indices.iter().enumerate().filter(|(_, index)| **index != Value::None);
    let (Some((axis, &Value::Tensor(index))), None) = (given.next(), given.next()) else {
        return Err(call.unsupported("lists of places along several axes"));
    };
    if call.builder.dtype(index) != DType::I64 {
        return Err(call.unsupported("places chosen by a mask: how many there are depends on the image"));
    }
    call.give(ops::Gather { axis: axis as isize }, &[x, index])
}

pub(super) fn embedding(call: &mut Call<'_>) -> Built {
    let (table, indices) = (call.tensor("weight")?, call.tensor("indices")?);
    call.give(ops::Gather { axis: 0 }, &[table, indices])
}

/// Cuts an axis into parts of these extents.
fn parts(call: &mut Call<'_>, x: ValueId, axis: usize, extents: &[i64]) -> Result<Vec<ValueId>, FormatError> {
    if extents.len() > MOST_PARTS {
        return Err(call.unsupported(format!("{} parts", extents.len())));
    }
    let outputs = extents.len();
    let extents = call.builder.ints(extents);
    call.builder.nodes(ops::Split { axis: axis as isize, outputs }.into(), vec![Some(x), Some(extents)])
}

/// The parts of `size` elements that an axis has, the last of which may be smaller.
fn equal_parts(call: &mut Call<'_>, x: ValueId, axis: usize, size: i64) -> Built {
    let extent = call.builder.extent(x, axis)?;
    let extent = call.builder.settle(extent);
    if size < 1 || extent / size.max(1) > MOST_PARTS as i64 {
        return Err(call.damaged(format!("an axis of {extent} in parts of {size}")));
    }
    let count = (extent + size - 1) / size;
    let extents: Vec<i64> = (0..count).map(|part| size.min(extent - part * size)).collect();
    let parts = parts(call, x, axis, &extents)?;
    Ok(Value::List(parts.into_iter().map(Value::Tensor).collect()))
}

pub(super) fn split(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let axis = call.axis("dim", 0, x)?;
    let name = if call.get("split_sizes").is_some() { "split_sizes" } else { "split_size" };
    if matches!(call.get(name), Some(Value::List(_))) {
        let extents = call.ints(name)?.unwrap_or_default();
        let parts = parts(call, x, axis, &extents)?;
        return Ok(Value::List(parts.into_iter().map(Value::Tensor).collect()));
    }
    let size = call.int(name, 0)?;
    equal_parts(call, x, axis, size)
}

pub(super) fn chunk(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let axis = call.axis("dim", 0, x)?;
    let name = if call.get("chunks").is_some() { "chunks" } else { "sections" };
    let (count, extent) = (call.int(name, 0)?, call.builder.shape(x)[axis] as i64);
    if count < 1 || (name == "sections" && extent % count != 0) {
        return Err(call.unsupported(format!("{count} parts of {extent}")));
    }
    equal_parts(call, x, axis, (extent + count - 1) / count)
}

pub(super) fn unbind(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let axis = call.axis("dim", 0, x)?;
    let Value::List(parts) = equal_parts(call, x, axis, 1)? else { return Ok(Value::None) };
    let axes = call.builder.ints(&[axis as i64]);
    let mut apart = Vec::with_capacity(parts.len());
    for part in parts {
        let Value::Tensor(part) = part else { continue };
        apart.push(call.give(ops::Squeeze, &[part, axes])?);
    }
    Ok(Value::List(apart))
}
