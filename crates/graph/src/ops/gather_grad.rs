use super::{Gather, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Cotangent of the data of a [`Gather`]: inputs dy and the indices, as many dimensions as these
/// take in dy, replaced by `extent` rows; rows of dy that share an index add up, rows that no index
/// names are 0. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GatherGrad {
    /// Axis of the data.
    pub axis: usize,
    /// Extent of the data along it.
    pub extent: usize,
}

impl Operator for GatherGrad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (dy, indices) = (inputs.required(0)?, inputs.required(1)?);
        super::gather::check_indices(&indices, self.extent)?;
        let end = self.axis.saturating_add(indices.shape().len());
        if dy.shape().get(self.axis..end) != Some(indices.shape()) {
            return Err(Reason(format!(
                "dimensions {}..{end} of the cotangent are not those of the indices",
                self.axis
            )));
        }
        let mut shape = dy.shape().to_vec();
        shape.splice(self.axis..end, [self.extent]);
        Ok(vec![Type::new(dy.ty.dtype, shape)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (d, indices) = (backward.dy(), backward.input(1));
        Ok(vec![Some(backward.add(Gather { axis: self.axis as isize }, &[d, indices])?), None])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let (dy, indices) = (inputs.optional(0)?.constant?, inputs.optional(1)?.constant?);
        let (dy, indices) = (dy.as_f32()?, indices.as_i64()?);
        let mut dx = vec![0.0; outputs[0].len()];
        let inner: usize = outputs[0].shape[self.axis + 1..].iter().product();
        for (row, cells) in dy.chunks_exact(inner.max(1)).enumerate() {
            let (outer, index) = (row / indices.len(), indices[row % indices.len()]);
            let index = if index < 0 { index + self.extent as i64 } else { index } as usize;
            let sums = &mut dx[(outer * self.extent + index) * inner..][..inner];
            sums.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell);
        }
        Some(vec![Tensor::f32(outputs[0].shape.clone(), dx)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{folded, shape_with};

    #[test]
    fn rows_that_share_an_index_add_up() {
        let dy = Tensor::f32([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let dx = folded(GatherGrad { axis: 1, extent: 4 }, &[dy, Tensor::ints(&[1, -1, 1])]);
        assert_eq!(dx, Tensor::f32([2, 4], vec![0.0, 4.0, 0.0, 2.0, 0.0, 10.0, 0.0, 5.0]));
    }

    #[test]
    fn the_dimensions_of_the_indices_become_one() {
        let indices = Tensor::i64([1, 2], vec![0, 1]);
        assert_eq!(
            shape_with(GatherGrad { axis: 1, extent: 4 }, &[3, 1, 2, 5], std::slice::from_ref(&indices)),
            Some(vec![3, 4, 5])
        );
        assert_eq!(shape_with(GatherGrad { axis: 1, extent: 4 }, &[3, 2, 2, 5], std::slice::from_ref(&indices)), None);
        assert_eq!(shape_with(GatherGrad { axis: usize::MAX, extent: 4 }, &[3], &[indices]), None);
    }
}
