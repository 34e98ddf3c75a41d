use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Inputs data, pads (all begins, then all ends; negative ones crop), optional constant, optional axes. ONNX Pad-19.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pad {
    /// What the new cells hold.
    pub mode: PadMode,
}

/// What [`Pad`] fills new cells with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadMode {
    /// One value, 0 unless input 2 says otherwise.
    Constant,
    /// The nearest cell.
    Edge,
    /// The mirror image, the edge cell not repeated.
    Reflect,
}

impl Operator for Pad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
