use super::elementwise::{Unary, fold_unary, infer_unary};
use super::{Greater, Operands, Operator, Where};
use crate::backward::{Backward, Rules};
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// `y = max(x, 0)`. ONNX Relu-14; the derivative at 0 is 0, as in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relu;

impl Unary for Relu {
    fn apply(&self, x: f32) -> f32 {
        // Not `max`: a NaN must come out as a NaN.
        if x < 0.0 { 0.0 } else { x }
    }
}

impl Operator for Relu {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        infer_unary(inputs)
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (y, dy, zero) = (backward.output(0), backward.dy(), backward.scalar(0.0));
        let only_where_positive = |backward: &mut Backward<'_>, mask_of, cotangent| {
            let positive = backward.add(Greater, &[mask_of, zero])?;
            backward.add(Where, &[positive, cotangent, zero])
        };
        let dx = match backward.rules() {
            Rules::Standard => only_where_positive(backward, y, dy)?,
            Rules::Deconvnet => only_where_positive(backward, dy, dy)?,
            Rules::Guided => {
                let dx = only_where_positive(backward, y, dy)?;
                only_where_positive(backward, dy, dx)?
            }
        };
        Ok(vec![Some(dx)])
    }

    fn fold(&self, inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        fold_unary(self, inputs)
    }

    fn is_elementwise(&self) -> bool {
        true
    }
}
