//! What a program asks of the shapes of its tensors.

use heatlens_graph::{DType, ops};

use super::{Built, Call};
use crate::torch::program::{Int, Value};

/// All extents, or one of them.
pub(super) fn size(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    if call.get("dim").is_none() {
        let extents = super::shape::extents(call, x)?;
        return Ok(Value::List(extents.into_iter().map(Value::Int).collect()));
    }
    let axis = call.axis("dim", 0, x)?;
    if axis >= call.rank(x) {
        return Err(call.damaged("an extent of a number"));
    }
    Ok(Value::Int(call.builder.extent(x, axis)?))
}

pub(super) fn numel(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let mut product = Int::of(1);
    for extent in super::shape::extents(call, x)? {
        let now = product.now.checked_mul(extent.now).ok_or_else(|| call.damaged("too many elements"))?;
        product = call.builder.derived(now, ops::Mul, &[product, extent])?;
    }
    Ok(Value::Int(product))
}

pub(super) fn dim(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    Ok(Value::from(call.rank(x) as i64))
}

pub(super) fn is_floating_point(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    Ok(Value::Bool(call.builder.dtype(x) == DType::F32))
}
