//! Products of matrices.

use heatlens_graph::{DType, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::Value;

/// `x · weightᵀ + bias`.
pub(super) fn linear(call: &mut Call<'_>) -> Built {
    let (x, weight) = (call.input()?, call.float_tensor("weight")?);
    let bias = call.optional_tensor("bias")?;
    if call.rank(x) == 2 && call.rank(weight) == 2 {
        let op = ops::Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: true };
        let inputs: Vec<ValueId> = [x, weight].into_iter().chain(bias).collect();
        return call.give(op, &inputs);
    }
    let weight = transposed(call, weight)?;
    let y = call.add(ops::MatMul, &[x, weight])?;
    match bias {
        Some(bias) => call.give(ops::Add, &[y, bias]),
        None => Ok(y.into()),
    }
}

/// The last two axes exchanged.
fn transposed(call: &mut Call<'_>, x: ValueId) -> Result<ValueId, FormatError> {
    let rank = call.rank(x);
    let mut perm: Vec<usize> = (0..rank).collect();
    if rank < 2 {
        return Ok(x);
    }
    perm.swap(rank - 2, rank - 1);
    call.add(ops::Transpose { perm }, &[x])
}

pub(super) fn t(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    if call.rank(x) > 2 {
        return Err(call.damaged(format!("a tensor of {} axes", call.rank(x))));
    }
    Ok(transposed(call, x)?.into())
}

/// `beta · self + alpha · mat1 · mat2`.
pub(super) fn addmm(call: &mut Call<'_>) -> Built {
    let (alpha, beta) = (call.number("alpha", 1.0)? as f32, call.number("beta", 1.0)? as f32);
    let inputs = [call.float_tensor("mat1")?, call.float_tensor("mat2")?, call.input()?];
    call.give(ops::Gemm { alpha, beta, trans_a: false, trans_b: false }, &inputs)
}

/// The same of stacks of matrices.
pub(super) fn baddbmm(call: &mut Call<'_>) -> Built {
    let (alpha, beta) = (call.number("alpha", 1.0)?, call.number("beta", 1.0)?);
    let (a, b, x) = (call.float_tensor("batch1")?, call.float_tensor("batch2")?, call.input()?);
    let product = call.add(ops::MatMul, &[a, b])?;
    let scaled = |call: &mut Call<'_>, x: ValueId, factor: f64| {
        if factor == 1.0 {
            return Ok(x);
        }
        let factor = call.builder.number(factor, DType::F32);
        call.add(ops::Mul, &[x, factor])
    };
    let product = scaled(call, product, alpha)?;
    // PyTorch ignores what is multiplied by 0, whatever it holds.
    if beta == 0.0 {
        return Ok(product.into());
    }
    let x = scaled(call, x, beta)?;
    call.give(ops::Add, &[x, product])
}

pub(super) fn matmul(call: &mut Call<'_>) -> Built {
    let other = if call.get("mat2").is_some() { "mat2" } else { "other" };
    let (a, b) = (call.input()?, call.float_tensor(other)?);
    call.give(ops::MatMul, &[a, b])
}

pub(super) fn einsum(call: &mut Call<'_>) -> Built {
    let equation = call.text("equation", "")?.replace(' ', "");
    let operands = call.tensors("tensors")?;
    if call.get("path").is_some_and(|path| !matches!(path, Value::List(path) if path.is_empty())) {
        return Err(call.unsupported("a path of contraction"));
    }
    call.give(ops::Einsum { equation }, &operands)
}
