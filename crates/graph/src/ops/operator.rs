//! What makes an operator.

use crate::backward::Backward;
use crate::operand::Operands;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// What each operator says of itself.
pub(crate) trait Operator {
    /// Types of the outputs.
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason>;

    /// Cotangents of the inputs that [`Backward::wanted`] asks for, from those of the outputs.
    /// `None` says that no gradient flows into that input. A cotangent may have the output's
    /// broadcast shape: the walk sums it down to the input's.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError>;

    /// The outputs where they follow from constants and shapes alone; `None` otherwise, and where
    /// folding is left to the engine.
    fn fold(&self, _inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        None
    }

    /// Whether it computes each element alone, its operands broadcast.
    fn is_elementwise(&self) -> bool {
        false
    }
}
