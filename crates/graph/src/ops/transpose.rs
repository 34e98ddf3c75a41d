use super::axes::{pick, positions, strides};
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Permutes the dimensions: output dimension i is input dimension `perm[i]`. ONNX Transpose-13.
#[derive(Clone, Debug, PartialEq)]
pub struct Transpose {
    /// The permutation.
    pub perm: Vec<usize>,
}

impl Operator for Transpose {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let rank = x.shape().len();
        if self.perm.len() != rank || (0..rank).any(|axis| !self.perm.contains(&axis)) {
            return Err(Reason(format!("{:?} is no permutation of {rank} dimensions", self.perm)));
        }
        Ok(vec![Type::new(x.ty.dtype, self.perm.iter().map(|&axis| x.shape()[axis]).collect::<Vec<_>>())])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let mut perm = vec![0; self.perm.len()];
        for (to, &from) in self.perm.iter().enumerate() {
            perm[from] = to;
        }
        let dy = backward.dy();
        Ok(vec![Some(backward.add(Transpose { perm }, &[dy])?)])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let x = inputs.optional(0)?.constant?;
        let (shape, strides) = (&outputs[0].shape, strides(x.shape()));
        let table: Vec<Vec<usize>> = self
            .perm
            .iter()
            .zip(shape)
            .map(|(&from, &extent)| (0..extent).map(|i| i * strides[from]).collect())
            .collect();
        Some(vec![pick(x, positions(shape, &table), shape)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Operand;

    #[test]
    fn constants_are_permuted() {
        let x = Tensor::ints(&[0, 1, 2, 3, 4, 5]).reshaped([1, 2, 3]);
        let ty = x.ty();
        let operands = Operands::new(vec![Some(Operand { ty: &ty, constant: Some(&x) })]);
        let transpose = Transpose { perm: vec![2, 0, 1] };
        let types = transpose.infer(&operands).unwrap();
        assert_eq!(transpose.fold(&operands, &types).unwrap(), [Tensor::i64([3, 1, 2], vec![0, 3, 1, 4, 2, 5])]);
        assert!(Transpose { perm: vec![0, 0, 1] }.infer(&operands).is_err());
    }
}
