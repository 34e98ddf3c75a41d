use super::elementwise::expect_f32;
use super::{MaxPool, MaxPoolPick, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Cotangent of the input of a [`MaxPool`]: inputs x, dy. The first maximum of a window in
/// row-major order takes all. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPoolGrad {
    /// The pooling.
    pub pool: MaxPool,
}

impl Operator for MaxPoolGrad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (x, dy) = (inputs.required(0)?, inputs.required(1)?);
        expect_f32(&dy, 1)?;
        let output = self.pool.pooling().output(&x)?;
        if dy.shape() != output {
            return Err(Reason(format!("the pooling makes {output:?}, its cotangent has shape {:?}", dy.shape())));
        }
        Ok(vec![x.ty.clone()])
    }

    /// The winners are piecewise constant in x: no gradient flows there.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, d) = (backward.input(0), backward.dy());
        let ddy = if backward.wanted(1) { Some(backward.add(MaxPoolPick { pool: self.pool }, &[x, d])?) } else { None };
        Ok(vec![None, ddy])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Padding;
    use crate::ops::testing::shape_of;

    #[test]
    fn both_inputs_must_belong_to_the_pooling() {
        let pool =
            MaxPool { kernel: [2; 2], strides: [2; 2], dilations: [1; 2], padding: Padding::NONE, ceil_mode: false };
        assert_eq!(shape_of(MaxPoolGrad { pool }, &[&[1, 2, 6, 6], &[1, 2, 3, 3]]), Some(vec![1, 2, 6, 6]));
        assert_eq!(shape_of(MaxPoolGrad { pool }, &[&[1, 2, 6, 6], &[1, 2, 6, 6]]), None);
    }
}
