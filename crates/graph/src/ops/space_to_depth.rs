use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Moves blocks of space into channels. ONNX SpaceToDepth-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpaceToDepth {
    /// Block extent.
    pub block: usize,
    /// Channel order, as in [`DepthToSpace`](super::DepthToSpace); ONNX has `DCR` only.
    pub column_row_depth: bool,
}

impl Operator for SpaceToDepth {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
