use super::elementwise::expect_f32;
use super::{AveragePool, Operand, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Cotangent of the input of an [`AveragePool`]: input dy. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AveragePoolGrad {
    /// The pooling.
    pub pool: AveragePool,
    /// Height and width of the pooling's input.
    pub input: [usize; 2],
}

impl Operator for AveragePoolGrad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let dy = inputs.required(0)?;
        expect_f32(&dy, 0)?;
        let &[n, channels, _, _] = dy.shape() else { return Err("the cotangent must have 4 dimensions".into()) };
        let x = Type::f32([n, channels, self.input[0], self.input[1]]);
        let output = self.pool.pooling().output(&Operand { ty: &x, constant: None })?;
        if dy.shape() != output {
            return Err(Reason(format!("the pooling makes {output:?}, its cotangent has shape {:?}", dy.shape())));
        }
        Ok(vec![x])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let d = backward.dy();
        Ok(vec![Some(backward.add(self.pool, &[d])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Padding;
    use crate::ops::testing::shape_of;

    #[test]
    fn the_cotangent_must_belong_to_the_pooling() {
        let pool = AveragePool {
            kernel: [2; 2],
            strides: [2; 2],
            padding: Padding::NONE,
            ceil_mode: false,
            count_include_pad: false,
        };
        let op = AveragePoolGrad { pool, input: [7, 6] };
        assert_eq!(shape_of(op, &[&[1, 2, 3, 3]]), Some(vec![1, 2, 7, 6]));
        assert_eq!(shape_of(op, &[&[1, 2, 4, 3]]), None);
    }
}
