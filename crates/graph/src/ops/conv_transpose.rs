use super::{Operands, Operator, Padding};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Transposed 2-D convolution of `x (N, C, H, W)` with `weight (C, M/group, kH, kW)` and an optional `bias (M)`. ONNX ConvTranspose-11.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvTranspose {
    /// Cells between the windows that the input spreads into.
    pub strides: [usize; 2],
    /// Steps between the taps of a window.
    pub dilations: [usize; 2],
    /// Cells cut off the output's borders.
    pub padding: Padding,
    /// Cells added at the bottom and the right.
    pub output_padding: [usize; 2],
    /// Channel groups that are convolved apart.
    pub group: usize,
}

impl Operator for ConvTranspose {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
