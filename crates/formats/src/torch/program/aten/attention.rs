//! Attention, taken apart into products and a softmax.

use heatlens_graph::{DType, Tensor, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;

/// `softmax(query · keyᵀ · scale + mask) · value`.
pub(super) fn scaled_dot_product(call: &mut Call<'_>) -> Built {
    let [query, key, value] = [call.float_tensor("query")?, call.float_tensor("key")?, call.float_tensor("value")?];
    if call.number("dropout_p", 0.0)? != 0.0 {
        return Err(
            call.unsupported("attention with dropout: the model was saved in training mode; call `model.eval()` first")
        );
    }
    if call.flag("enable_gqa", false)? {
        return Err(call.unsupported("grouped queries (`enable_gqa`)"));
    }
    let width = *call.builder.shape(query).last().ok_or_else(|| call.damaged("a query without axes"))?;
    let scale = call.number("scale", 1.0 / (width.max(1) as f64).sqrt())?;
    let scale = call.builder.number(scale, DType::F32);
    let rank = call.rank(key);
    if rank < 2 {
        return Err(call.damaged("a key of fewer than two axes"));
    }
    let mut perm: Vec<usize> = (0..rank).collect();
    perm.swap(rank - 2, rank - 1);
    let key = call.add(ops::Transpose { perm }, &[key])?;
    let query = call.add(ops::Mul, &[query, scale])?;
    let scores = call.add(ops::MatMul, &[query, key])?;
    let scores = masked(call, scores)?;
    let weights = call.add(ops::Softmax { axis: -1 }, &[scores])?;
    call.give(ops::MatMul, &[weights, value])
}

/// The scores with a mask: one to add, one of which to keep, or that of what came before.
fn masked(call: &mut Call<'_>, scores: ValueId) -> Result<ValueId, FormatError> {
    let causal = call.flag("is_causal", false)?;
    if call.get("attn_mask").is_none() && !causal {
        return Ok(scores);
    }
    let mask = if causal {
        let &[.., rows, columns] = call.builder.shape(scores) else { return Err(call.damaged("scores of one axis")) };
        if rows.saturating_mul(columns) > 1 << 24 {
            return Err(call.unsupported(format!("a causal mask of {rows}×{columns}")));
        }
        let kept = (0..rows * columns).map(|at| at % columns <= at / columns).collect();
        call.builder.constant(Tensor::bool([rows, columns], kept))
    } else {
        call.tensor("attn_mask")?
    };
    if call.builder.dtype(mask) != DType::Bool {
        let mask = call.cast(mask, DType::F32)?;
        return call.add(ops::Add, &[scores, mask]);
    }
    let none = call.builder.number(f64::NEG_INFINITY, DType::F32);
    call.add(ops::Where, &[mask, scores, none])
}
