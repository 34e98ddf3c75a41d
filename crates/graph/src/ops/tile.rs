use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Repeats input 0 as often along each dimension as input 1 says. ONNX Tile-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile;

impl Operator for Tile {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
