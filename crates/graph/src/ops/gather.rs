use super::axes::{pick, resolve_axis};
use super::{GatherGrad, Operand, Operands, Operator};
use crate::backward::Backward;
use crate::{DType, GraphError, Reason, Tensor, Type, ValueId};

/// Rows of input 0 along `axis` at the indices that input 1 holds. ONNX Gather-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gather {
    /// Axis, counted from the end where negative.
    pub axis: isize,
}

impl Gather {
    /// The axis among `rank` dimensions.
    fn axis(&self, rank: usize) -> Result<usize, Reason> {
        resolve_axis(self.axis as i64, rank)
    }
}

impl Operator for Gather {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (x, indices) = (inputs.required(0)?, inputs.required(1)?);
        let axis = self.axis(x.shape().len())?;
        check_indices(&indices, x.shape()[axis])?;
        let mut shape = x.shape().to_vec();
        shape.splice(axis..=axis, indices.shape().iter().copied());
        Ok(vec![Type::new(x.ty.dtype, shape)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, indices, dy) = (backward.shape(backward.input(0)), backward.input(1), backward.dy());
        let axis = self.axis(x.len()).map_err(|reason| backward.refuse(reason))?;
        Ok(vec![Some(backward.add(GatherGrad { axis, extent: x[axis] }, &[dy, indices])?), None])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let (x, indices) = (inputs.optional(0)?.constant?, inputs.optional(1)?.constant?.as_i64()?);
        let axis = self.axis(x.shape().len()).ok()?;
        let extent = x.shape()[axis];
        let outer: usize = x.shape()[..axis].iter().product();
        let inner: usize = x.shape()[axis + 1..].iter().product();
        let rows = (0..outer)
            .flat_map(|o| indices.iter().map(move |&i| (o, if i < 0 { i + extent as i64 } else { i } as usize)));
        Some(vec![pick(
            x,
            rows.flat_map(|(o, i)| (0..inner).map(move |c| (o * extent + i) * inner + c)),
            &outputs[0].shape,
        )])
    }
}

/// Indices are integers, and those known beforehand exist; negative ones count from the end.
pub(super) fn check_indices(indices: &Operand<'_>, extent: usize) -> Result<(), Reason> {
    if indices.ty.dtype != DType::I64 {
        return Err("the indices must be integers".into());
    }
    let exists = |&i: &i64| i128::from(i) < extent as i128 && i128::from(i) >= -(extent as i128);
    match indices.constant.and_then(Tensor::as_i64).and_then(|known| known.iter().find(|i| !exists(i))) {
        Some(index) => Err(Reason(format!("index {index} does not exist in an axis of {extent}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{folded, shape_with};

    #[test]
    fn rows_are_picked() {
        let x = Tensor::ints(&[1, 2, 3, 4, 5, 6]).reshaped([2, 3]);
        assert_eq!(
            folded(Gather { axis: 1 }, &[x.clone(), Tensor::ints(&[-1, 0])]),
            Tensor::i64([2, 2], vec![3, 1, 6, 4])
        );
        assert_eq!(folded(Gather { axis: 0 }, &[x, Tensor::i64([], vec![1])]), Tensor::ints(&[4, 5, 6]));
    }

    #[test]
    fn indices_must_exist() {
        let rows = |index: i64| shape_with(Gather { axis: 0 }, &[2, 3], &[Tensor::ints(&[index])]);
        assert_eq!(rows(-2), Some(vec![1, 3]));
        assert!([2, -3, i64::MIN, i64::MAX].into_iter().all(|index| rows(index).is_none()));
        assert_eq!(shape_with(Gather { axis: 0 }, &[2], &[Tensor::f32([1], vec![0.0])]), None);
    }
}
