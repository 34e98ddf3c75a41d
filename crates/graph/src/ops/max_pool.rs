use super::{Operands, Operator, Padding};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Largest of each window of `x (N, C, H, W)`; padding never wins. ONNX MaxPool-12.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool {
    /// Window extents.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub strides: [usize; 2],
    /// Steps between the taps of a window.
    pub dilations: [usize; 2],
    /// Padding.
    pub padding: Padding,
    /// Whether a last window may hang over the edge, as PyTorch counts them.
    pub ceil_mode: bool,
}

impl Operator for MaxPool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
