use super::axes::{extents, pick};
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// A tensor of the shape that input 0 holds, filled with `value`. ONNX ConstantOfShape-20.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantOfShape {
    /// The element, a tensor of one.
    pub value: Tensor,
}

impl Operator for ConstantOfShape {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        if self.value.len() != 1 {
            return Err(Reason(format!("its value must be one element, not {}", self.value.len())));
        }
        Ok(vec![Type::new(self.value.dtype(), extents(inputs.ints(0)?.ok_or("the shape is missing")?)?)])
    }

    /// No gradient: shapes do not depend on elements.
    fn gradient(&self, _backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        Ok(vec![None])
    }

    fn fold(&self, _inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![pick(&self.value, (0..outputs[0].len()).map(|_| 0), &outputs[0].shape)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::folded;
    use crate::{Graph, ModulePath};

    #[test]
    fn the_shape_is_filled() {
        let filled = folded(ConstantOfShape { value: Tensor::bool([1], vec![true]) }, &[Tensor::ints(&[2, 1])]);
        assert_eq!(filled, Tensor::bool([2, 1], vec![true, true]));
        assert_eq!(folded(ConstantOfShape { value: Tensor::scalar(3.0) }, &[Tensor::ints(&[])]), Tensor::scalar(3.0));
    }

    #[test]
    fn impossible_shapes_are_refused() {
        let one = ConstantOfShape { value: Tensor::scalar(1.0) };
        let made = |op: &ConstantOfShape, shape: &[i64]| {
            let mut graph = Graph::new();
            let shape = graph.constant("", Tensor::ints(shape));
            graph.add(op.clone(), &[shape], &ModulePath::root()).is_ok()
        };
        assert!(!made(&one, &[-1]) && !made(&one, &[1 << 40]) && !made(&one, &[i64::MAX, 0]));
        assert!(!made(&ConstantOfShape { value: Tensor::f32([0], vec![]) }, &[1]));
    }
}
