use super::broadcast::broadcast;
use super::elementwise::{Binary, expect_f32, fold_binary};
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// `y = x` where x ≥ 0, else `slope · x`, slope broadcast to x. ONNX PRelu-16; the derivative at 0
/// is the slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PRelu;

impl Binary for PRelu {
    fn apply(&self, x: f32, slope: f32) -> f32 {
        if x >= 0.0 { x } else { slope * x }
    }
}

impl Operator for PRelu {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (x, slope) = (inputs.required(0)?, inputs.required(1)?);
        expect_f32(&x, 0)?;
        expect_f32(&slope, 1)?;
        if broadcast(x.shape(), slope.shape())? != x.shape() {
            return Err(Reason(format!("a slope of shape {:?} does not broadcast to {:?}", slope.shape(), x.shape())));
        }
        Ok(vec![x.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        if backward.wanted(1) {
            return Err(
                backward.refuse("its slope depends on the layer; only the gradient of its activation is defined")
            );
        }
        let (x, slope, dy) = (backward.input(0), backward.input(1), backward.dy());
        let dx = backward.write(|sheet| {
            let (x, slope, dy) = (sheet.term(x), sheet.term(slope), sheet.term(dy));
            x.above(0.0).pick(dy, slope * dy)
        })?;
        Ok(vec![Some(dx), None])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        fold_binary(self, inputs, outputs)
    }

    fn is_elementwise(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{floats, folded, shape_of};

    #[test]
    fn a_slope_never_widens_the_activation() {
        assert_eq!(folded(PRelu, &[floats(&[-2.0, 2.0]), Tensor::scalar(0.25)]), floats(&[-0.5, 2.0]));
        assert_eq!(shape_of(PRelu, &[&[1, 3, 2, 2], &[3, 1, 1]]), Some(vec![1, 3, 2, 2]));
        assert_eq!(shape_of(PRelu, &[&[1, 2, 2], &[3, 1, 1]]), None);
    }
}
