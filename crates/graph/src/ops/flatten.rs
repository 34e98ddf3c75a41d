use super::reshape::back;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// To 2-D: the dimensions before `axis` in one, the others in the other. ONNX Flatten-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flatten {
    /// First dimension of the second part, counted from the end where negative.
    pub axis: isize,
}

impl Operator for Flatten {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let rank = x.shape().len();
        // Unlike other axes, this one may be the rank itself.
        let axis = if self.axis < 0 { rank.checked_add_signed(self.axis) } else { Some(self.axis as usize) };
        let axis = axis
            .filter(|&axis| axis <= rank)
            .ok_or_else(|| Reason(format!("axis {} does not exist among {rank}", self.axis)))?;
        let extent = |part: &[usize]| part.iter().fold(1usize, |n, &d| n.saturating_mul(d));
        Ok(vec![Type::new(x.ty.dtype, [extent(&x.shape()[..axis]), extent(&x.shape()[axis..])])])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        back(backward)
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![inputs.optional(0)?.constant?.reshaped(outputs[0].shape.clone())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn the_axis_may_be_the_rank() {
        let shape = |axis| shape_of(Flatten { axis }, &[&[2, 3, 4]]);
        assert_eq!(shape(1), Some(vec![2, 12]));
        assert_eq!(shape(0), Some(vec![1, 24]));
        assert_eq!(shape(3), Some(vec![24, 1]));
        assert_eq!(shape(-1), Some(vec![6, 4]));
        assert!([4, -4, isize::MIN, isize::MAX].into_iter().all(|axis| shape(axis).is_none()));
    }
}
