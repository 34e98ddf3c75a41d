//! Matrix products.

use heatlens_graph::ops;

use super::{Context, Done, NodeWriter, Translated, flag, float};
use crate::FormatError;

/// Gemm.
pub(super) fn gemm(cx: &mut Context<'_, '_>) -> Translated {
    let op = gemm_op(cx)?;
    let inputs = [Some(cx.input(0)?), Some(cx.input(1)?), cx.optional(2)];
    cx.finish_with(op, inputs.into_iter().filter(Option::is_some).collect())
}

/// The attributes of Gemm.
pub(super) fn gemm_op(cx: &Context<'_, '_>) -> Result<ops::Gemm, FormatError> {
    let attributes = cx.attributes();
    Ok(ops::Gemm {
        alpha: attributes.float("alpha", 1.0)?,
        beta: attributes.float("beta", 1.0)?,
        trans_a: attributes.flag("transA", false)?,
        trans_b: attributes.flag("transB", false)?,
    })
}

/// Einsum.
pub(super) fn einsum(cx: &mut Context<'_, '_>) -> Translated {
    let equation: String = cx.attributes().text("equation", "")?.split_whitespace().collect();
    let inputs = cx.all_inputs()?;
    cx.finish(ops::Einsum { equation }, &inputs)
}

/// Gemm.
pub(super) fn write_gemm(w: &mut NodeWriter<'_, '_>, op: &ops::Gemm) -> Done {
    let attributes =
        vec![float("alpha", op.alpha), float("beta", op.beta), flag("transA", op.trans_a), flag("transB", op.trans_b)];
    w.same("Gemm", attributes)
}
