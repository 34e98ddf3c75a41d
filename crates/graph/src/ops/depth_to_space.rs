use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Moves blocks of channels into space. ONNX DepthToSpace-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthToSpace {
    /// Block extent.
    pub block: usize,
    /// Channel order: `CRD` (pixel shuffle) or `DCR`.
    pub column_row_depth: bool,
}

impl Operator for DepthToSpace {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
