use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// To 2-D: the dimensions before `axis` in one, the others in the other. ONNX Flatten-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flatten {
    /// First dimension of the second part, counted from the end where negative.
    pub axis: isize,
}

impl Operator for Flatten {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
