//! What the elementwise operators share: their scalar formula is written once, here for folding and in the engine for running.

use super::broadcast::{broadcast, source_indices};
use super::{Operand, Operands};
use crate::{DType, Data, Reason, Tensor, Type};

/// An operator `y = f(x)`, applied to each element.
pub trait Unary {
    /// The formula.
    fn apply(&self, x: f32) -> f32;
}

/// An operator `y = f(a, b)` of two broadcast operands.
pub trait Binary {
    /// The formula.
    fn apply(&self, a: f32, b: f32) -> f32;

    /// The formula for integers; `None` where it is not defined (overflow, division by zero) or the operator has none.
    fn apply_int(&self, _a: i64, _b: i64) -> Option<i64> {
        None
    }
}

/// The type rule of unary operators on floats.
pub(super) fn infer_unary(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    let x = inputs.required(0)?;
    expect_f32(&x, 0)?;
    Ok(vec![x.ty.clone()])
}

/// The folding of unary operators on floats.
pub(super) fn fold_unary(op: &impl Unary, inputs: &Operands<'_>) -> Option<Vec<Tensor>> {
    let x = inputs.optional(0)?.constant?;
    Some(vec![Tensor::f32(x.shape(), x.as_f32()?.iter().map(|&x| op.apply(x)).collect())])
}

/// The type rule of binary operators whose result has the operands' element type.
pub(super) fn infer_binary(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    let (a, b) = (inputs.required(0)?, inputs.required(1)?);
    if a.ty.dtype != b.ty.dtype {
        return Err(Reason(format!("its operands have different element types, {:?} and {:?}", a.ty.dtype, b.ty.dtype)));
    }
    Ok(vec![Type::new(a.ty.dtype, broadcast(a.shape(), b.shape())?)])
}

/// The folding of binary operators.
pub(super) fn fold_binary(op: &impl Binary, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
    let (a, b) = (inputs.optional(0)?.constant?, inputs.optional(1)?.constant?);
    let shape = &outputs[0].shape;
    let pairs = source_indices(a.shape(), shape).zip(source_indices(b.shape(), shape));
    let data = match (a.data(), b.data()) {
        (Data::F32(a), Data::F32(b)) => Data::F32(pairs.map(|(i, j)| op.apply(a[i], b[j])).collect::<Vec<_>>().into()),
        (Data::I64(a), Data::I64(b)) => Data::I64(pairs.map(|(i, j)| op.apply_int(a[i], b[j])).collect::<Option<Vec<_>>>()?.into()),
        _ => return None,
    };
    Some(vec![Tensor::new(shape.clone(), data)])
}

/// Requires float elements.
pub(super) fn expect_f32(operand: &Operand<'_>, i: usize) -> Result<(), Reason> {
    match operand.ty.dtype {
        DType::F32 => Ok(()),
        other => Err(Reason(format!("input {i} must hold floats, not {other:?}"))),
    }
}
