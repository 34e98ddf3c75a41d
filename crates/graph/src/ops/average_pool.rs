use super::{Operands, Operator, Padding};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Mean of each window of `x (N, C, H, W)`. ONNX AveragePool-19.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AveragePool {
    /// Window extents.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub strides: [usize; 2],
    /// Padding with zeros.
    pub padding: Padding,
    /// Whether a last window may hang over the edge, as PyTorch counts them.
    pub ceil_mode: bool,
    /// Whether padding counts in the divisor.
    pub count_include_pad: bool,
}

impl Operator for AveragePool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
