use super::elementwise::expect_f32;
use super::{AdaptiveAveragePool, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Cotangent of the input of an [`AdaptiveAveragePool`]: input dy. Not in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveAveragePoolGrad {
    /// Height and width of the pooling's input.
    pub input: [usize; 2],
}

impl Operator for AdaptiveAveragePoolGrad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let dy = inputs.required(0)?;
        expect_f32(&dy, 0)?;
        let &[n, channels, height, width] = dy.shape() else {
            return Err("the cotangent must have 4 dimensions".into());
        };
        if [height, width, self.input[0], self.input[1]].contains(&0) {
            return Err(Reason(format!(
                "{}×{} cells cannot have been pooled to {height}×{width}",
                self.input[0], self.input[1]
            )));
        }
        Ok(vec![Type::f32([n, channels, self.input[0], self.input[1]])])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (dy, d) = (backward.shape(backward.input(0)), backward.dy());
        Ok(vec![Some(backward.add(AdaptiveAveragePool { output: [dy[2], dy[3]] }, &[d])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn cells_are_put_back() {
        assert_eq!(shape_of(AdaptiveAveragePoolGrad { input: [7, 5] }, &[&[1, 2, 3, 3]]), Some(vec![1, 2, 7, 5]));
        assert_eq!(shape_of(AdaptiveAveragePoolGrad { input: [0, 5] }, &[&[1, 2, 3, 3]]), None);
    }
}
