use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Mean over windows that divide `x (N, C, H, W)` into `output` cells: window i covers ⌊i·n/o⌋ to ⌈(i+1)·n/o⌉. PyTorch adaptive_avg_pool2d; ONNX has it only where o divides n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveAveragePool {
    /// Cells, `[height, width]`.
    pub output: [usize; 2],
}

impl Operator for AdaptiveAveragePool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
