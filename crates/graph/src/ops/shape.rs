use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// The extents of input 0 from `start` to `end`, as integers. ONNX Shape-15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// First dimension, counted from the end where negative.
    pub start: isize,
    /// Dimension after the last; all where `None`.
    pub end: Option<isize>,
}

impl Operator for Shape {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
