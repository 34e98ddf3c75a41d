use super::axes::{extents, ints, resolve_axis};
use super::slice::cut;
use super::{AxisRange, Concat, Expand, Operand, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Cuts input 0 along one axis, into the extents that input 1 holds or into `outputs` equal parts
/// (the last may be smaller). ONNX Split-18.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// Axis, counted from the end where negative.
    pub axis: isize,
    /// Number of parts.
    pub outputs: usize,
}

impl Split {
    /// The axis among `rank` dimensions.
    fn axis(&self, rank: usize) -> Result<usize, Reason> {
        resolve_axis(self.axis as i64, rank)
    }

    /// Extents of the parts of an axis of `extent`.
    fn parts(&self, extent: usize, given: Option<&[i64]>) -> Result<Vec<usize>, Reason> {
        let Some(given) = given else {
            if self.outputs == 0 || self.outputs > extent {
                return Err(Reason(format!("an axis of {extent} cannot be cut into {} parts", self.outputs)));
            }
            let part = extent.div_ceil(self.outputs);
            return Ok((0..self.outputs).map(|i| part.min(extent.saturating_sub(i * part))).collect());
        };
        let parts = extents(given)?;
        if parts.len() != self.outputs || parts.iter().fold(0usize, |n, &p| n.saturating_add(p)) != extent {
            return Err(Reason(format!("parts {given:?} are not {} that make up the axis of {extent}", self.outputs)));
        }
        Ok(parts)
    }
}

impl Operator for Split {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let axis = self.axis(x.shape().len())?;
        let part = |extent| {
            let mut ty = x.ty.clone();
            ty.shape[axis] = extent;
            ty
        };
        Ok(self.parts(x.shape()[axis], inputs.ints(1)?)?.into_iter().map(part).collect())
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let parts = (0..self.outputs).map(|i| cotangent_or_zero(backward, i)).collect::<Result<Vec<_>, _>>()?;
        let mut cotangents = vec![None; backward.inputs()];
        cotangents[0] = Some(backward.add(Concat { axis: self.axis }, &parts)?);
        Ok(cotangents)
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let x: Operand<'_> = inputs.optional(0)?;
        let (x, axis) = (x.constant?, self.axis(x.shape().len()).ok()?);
        let mut start = 0;
        let mut part = |ty: &Type| {
            let mut ranges: Vec<_> = x.shape().iter().map(|&len| AxisRange { start: 0, step: 1, len }).collect();
            ranges[axis] = AxisRange { start, step: 1, len: ty.shape[axis] };
            start += ty.shape[axis];
            cut(x, &ranges)
        };
        Some(outputs.iter().map(&mut part).collect())
    }
}

/// The cotangent of output `i`, zeros where the score does not depend on it.
fn cotangent_or_zero(backward: &mut Backward<'_>, i: usize) -> Result<ValueId, GraphError> {
    if let Some(cotangent) = backward.cotangent(i) {
        return Ok(cotangent);
    }
    let shape = ints(&backward.shape(backward.output(i)));
    let (zero, shape) = (backward.scalar(0.0), backward.ints(&shape));
    backward.add(Expand, &[zero, shape])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_may_be_smaller() {
        let parts = |extent, outputs| Split { axis: 0, outputs }.parts(extent, None).ok();
        assert_eq!(parts(6, 3), Some(vec![2, 2, 2]));
        assert_eq!(parts(7, 3), Some(vec![3, 3, 1]));
        assert_eq!(parts(5, 4), Some(vec![2, 2, 1, 0]));
        assert_eq!(parts(5, 0), None);
        assert_eq!(parts(5, usize::MAX), None);
    }

    #[test]
    fn given_parts_must_make_up_the_axis() {
        let parts = |given: &[i64]| Split { axis: 0, outputs: 2 }.parts(5, Some(given)).ok();
        assert_eq!(parts(&[1, 4]), Some(vec![1, 4]));
        for wrong in [&[1, 3][..], &[1, 2, 2], &[-1, 6], &[i64::MAX, i64::MAX]] {
            assert_eq!(parts(wrong), None);
        }
    }

    #[test]
    fn constants_are_cut() {
        let x = Tensor::ints(&[1, 2, 3, 4, 5, 6]).reshaped([2, 3]);
        let ty = x.ty();
        let operands = Operands::new(vec![Some(Operand { ty: &ty, constant: Some(&x) })]);
        let split = Split { axis: -1, outputs: 2 };
        let types = split.infer(&operands).unwrap();
        let parts = [Tensor::i64([2, 2], vec![1, 2, 4, 5]), Tensor::i64([2, 1], vec![3, 6])];
        assert_eq!(split.fold(&operands, &types).unwrap(), parts);
    }
}
