use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Cuts input 0 along one axis, into the extents that input 1 holds or into `outputs` equal parts (the last may be smaller). ONNX Split-18.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// Axis, counted from the end where negative.
    pub axis: isize,
    /// Number of parts.
    pub outputs: usize,
}

impl Operator for Split {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
