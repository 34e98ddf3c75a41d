use super::{MaxPool, MaxPoolGrad, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// For each window of a [`MaxPool`] of x, the element of d that lies where x has its first maximum:
/// inputs x, d, both `(N, C, H, W)`. It is the linear map that [`MaxPoolGrad`] is the transpose of,
/// so gradients of gradients need it. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPoolPick {
    /// The pooling.
    pub pool: MaxPool,
}

impl Operator for MaxPoolPick {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (x, d) = (inputs.required(0)?, inputs.required(1)?);
        if x.ty != d.ty {
            return Err("input 1 must have the type of input 0".into());
        }
        Ok(vec![Type::f32(self.pool.pooling().output(&x)?)])
    }

    /// The winners are piecewise constant in x: no gradient flows there.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, dy) = (backward.input(0), backward.dy());
        let dd = if backward.wanted(1) { Some(backward.add(MaxPoolGrad { pool: self.pool }, &[x, dy])?) } else { None };
        Ok(vec![None, dd])
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
        assert_eq!(shape_of(MaxPoolPick { pool }, &[&[1, 2, 6, 6], &[1, 2, 6, 6]]), Some(vec![1, 2, 3, 3]));
        assert_eq!(shape_of(MaxPoolPick { pool }, &[&[1, 2, 6, 6], &[1, 2, 3, 3]]), None);
    }
}
