use super::axes::resolve_axis;
use super::{Operands, Operator, Slice};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Joins any number of inputs along one axis. ONNX Concat-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concat {
    /// Axis, counted from the end where negative.
    pub axis: isize,
}

impl Concat {
    /// The axis among `rank` dimensions.
    fn axis(&self, rank: usize) -> Result<usize, Reason> {
        resolve_axis(self.axis as i64, rank)
    }
}

impl Operator for Concat {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let mut joined = inputs.required(0)?.ty.clone();
        let axis = self.axis(joined.shape.len())?;
        for i in 1..inputs.iter().len() {
            let ty = inputs.required(i)?.ty;
            let mut expected = joined.shape.clone();
            if let Some(&extent) = ty.shape.get(axis) {
                expected[axis] = extent;
            }
            if ty.dtype != joined.dtype || ty.shape != expected {
                return Err(Reason(format!("input {i} does not continue the others along axis {axis}")));
            }
            joined.shape[axis] = joined.shape[axis].saturating_add(ty.shape[axis]);
        }
        Ok(vec![joined])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (dy, rank) = (backward.dy(), backward.shape(backward.output(0)).len());
        let axis = self.axis(rank).map_err(|reason| backward.refuse(reason))?;
        let axes = backward.ints(&[axis as i64]);
        let mut start = 0;
        let mut cotangents = Vec::new();
        for i in 0..backward.inputs() {
            let end = start + backward.shape(backward.input(i))[axis] as i64;
            cotangents.push(if backward.wanted(i) {
                let (start, end) = (backward.ints(&[start]), backward.ints(&[end]));
                Some(backward.add(Slice, &[dy, start, end, axes])?)
            } else {
                None
            });
            start = end;
        }
        Ok(cotangents)
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let parts: Vec<&Tensor> = inputs.iter().map(|o| o.and_then(|o| o.constant)).collect::<Option<_>>()?;
        let axis = self.axis(outputs[0].shape.len()).ok()?;
        join(&parts, axis, &outputs[0].shape).map(|joined| vec![joined])
    }
}

/// The parts one after the other along `axis`: runs of consecutive elements, copied whole.
fn join(parts: &[&Tensor], axis: usize, shape: &[usize]) -> Option<Tensor> {
    use crate::Data;
    let outer: usize = shape[..axis].iter().product();
    macro_rules! runs {
        ($as:ident, $data:path) => {{
            let mut joined = Vec::with_capacity(shape.iter().product());
            let slices = parts.iter().map(|t| t.$as()).collect::<Option<Vec<_>>>()?;
            for i in 0..outer {
                for slice in &slices {
                    let run = slice.len() / outer;
                    joined.extend_from_slice(&slice[i * run..][..run]);
                }
            }
            $data(joined.into())
        }};
    }
    let data = match parts.first()?.data() {
        Data::F32(_) => runs!(as_f32, Data::F32),
        Data::I64(_) => runs!(as_i64, Data::I64),
        Data::Bool(_) => runs!(as_bool, Data::Bool),
    };
    Some(Tensor::new(shape, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{folded, shape_of};

    #[test]
    fn parts_are_joined_in_runs() {
        let (a, b) = (Tensor::ints(&[1, 2, 3, 4]).reshaped([2, 2]), Tensor::ints(&[5, 6]).reshaped([2, 1]));
        assert_eq!(folded(Concat { axis: -1 }, &[a, b]), Tensor::i64([2, 3], vec![1, 2, 5, 3, 4, 6]));
        let empty = Tensor::i64([0], vec![]);
        assert_eq!(folded(Concat { axis: 0 }, &[empty.clone(), Tensor::ints(&[7]), empty]), Tensor::ints(&[7]));
    }

    #[test]
    fn other_extents_must_agree() {
        assert_eq!(shape_of(Concat { axis: 1 }, &[&[1, 2, 3], &[1, 5, 3]]), Some(vec![1, 7, 3]));
        assert_eq!(shape_of(Concat { axis: 1 }, &[&[1, 2, 3], &[1, 5, 4]]), None);
        assert_eq!(shape_of(Concat { axis: 1 }, &[&[1, 2, 3], &[1, 2]]), None);
        assert_eq!(shape_of(Concat { axis: 3 }, &[&[1, 2, 3]]), None);
        assert_eq!(shape_of(Concat { axis: 0 }, &[]), None);
    }
}
