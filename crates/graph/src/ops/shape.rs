use super::axes::ints;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{DType, GraphError, Reason, Tensor, Type, ValueId};

/// The extents of input 0 from `start` to `end`, as integers. ONNX Shape-15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// First dimension, counted from the end where negative.
    pub start: isize,
    /// Dimension after the last; all where `None`.
    pub end: Option<isize>,
}

impl Shape {
    /// The part of `shape` that is asked for; bounds beyond the rank are moved there.
    fn part<'a>(&self, shape: &'a [usize]) -> &'a [usize] {
        let bound =
            |at: isize| if at < 0 { shape.len().saturating_add_signed(at) } else { (at as usize).min(shape.len()) };
        let (start, end) = (bound(self.start), self.end.map_or(shape.len(), bound));
        &shape[start.min(end)..end]
    }
}

impl Operator for Shape {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        Ok(vec![Type::new(DType::I64, [self.part(inputs.required(0)?.shape()).len()])])
    }

    /// No gradient: shapes do not depend on elements.
    fn gradient(&self, _backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        Ok(vec![None])
    }

    fn fold(&self, inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![Tensor::ints(&ints(self.part(inputs.optional(0)?.shape())))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_from_both_ends() {
        let part = |start, end| Shape { start, end }.part(&[2, 3, 4]).to_vec();
        assert_eq!(part(0, None), [2, 3, 4]);
        assert_eq!(part(-2, None), [3, 4]);
        assert_eq!(part(1, Some(-1)), [3]);
        assert_eq!(part(isize::MAX, Some(isize::MIN)), Vec::<usize>::new());
    }
}
