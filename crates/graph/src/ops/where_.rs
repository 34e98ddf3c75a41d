use super::broadcast::{broadcast, source_indices};
use super::elementwise::expect_bool;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{Data, GraphError, Reason, Tensor, Type, ValueId};

/// `condition ? a : b`, all broadcast. ONNX Where-16.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Where;

impl Operator for Where {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (condition, a, b) = (inputs.required(0)?, inputs.required(1)?, inputs.required(2)?);
        expect_bool(&condition, 0)?;
        if a.ty.dtype != b.ty.dtype {
            return Err(Reason(format!(
                "its choices have different element types, {:?} and {:?}",
                a.ty.dtype, b.ty.dtype
            )));
        }
        let shape = broadcast(&broadcast(a.shape(), b.shape())?, condition.shape())?;
        Ok(vec![Type::new(a.ty.dtype, shape)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (condition, dy, zero) = (backward.input(0), backward.dy(), backward.scalar(0.0));
        let da = if backward.wanted(1) { Some(backward.add(Where, &[condition, dy, zero])?) } else { None };
        let db = if backward.wanted(2) { Some(backward.add(Where, &[condition, zero, dy])?) } else { None };
        Ok(vec![None, da, db])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let condition = inputs.optional(0)?.constant?;
        let (a, b) = (inputs.optional(1)?.constant?, inputs.optional(2)?.constant?);
        let shape = &outputs[0].shape;
        let flags = source_indices(condition.shape(), shape)
            .map(|i| condition.as_bool().map(|c| c[i]))
            .collect::<Option<Vec<_>>>()?;
        let sources = || flags.iter().zip(source_indices(a.shape(), shape).zip(source_indices(b.shape(), shape)));
        let data = match (a.data(), b.data()) {
            (Data::F32(a), Data::F32(b)) => {
                Data::F32(sources().map(|(&c, (i, j))| if c { a[i] } else { b[j] }).collect::<Vec<_>>().into())
            }
            (Data::I64(a), Data::I64(b)) => {
                Data::I64(sources().map(|(&c, (i, j))| if c { a[i] } else { b[j] }).collect::<Vec<_>>().into())
            }
            (Data::Bool(a), Data::Bool(b)) => {
                Data::Bool(sources().map(|(&c, (i, j))| if c { a[i] } else { b[j] }).collect::<Vec<_>>().into())
            }
            _ => return None,
        };
        Some(vec![Tensor::new(shape.clone(), data)])
    }

    fn is_elementwise(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;
    use crate::ops::testing::{bools, folded, inferred};

    #[test]
    fn choices_are_broadcast() {
        let condition = bools(&[true, false]).reshaped([2, 1]);
        let chosen = folded(Where, &[condition, Tensor::ints(&[1, 2, 3]), Tensor::i64([], vec![-1])]);
        assert_eq!(chosen, Tensor::i64([2, 3], vec![1, 2, 3, -1, -1, -1]));
    }

    #[test]
    fn a_condition_is_a_truth_value() {
        let [truth, float, integer] = [DType::Bool, DType::F32, DType::I64].map(|dtype| Type::new(dtype, [2]));
        assert!(inferred(Where, &[float.clone(), float.clone(), float.clone()]).is_err());
        assert!(inferred(Where, &[truth, float, integer]).is_err());
    }
}
