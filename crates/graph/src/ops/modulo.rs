use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Remainder. ONNX Mod-13; integers only here, for shape arithmetic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mod;

impl Operator for Mod {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
