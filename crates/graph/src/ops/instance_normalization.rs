use super::normalisation::{expect_channels, normalised_cotangent, refuse_parameters};
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Normalises each channel of each image over space. Inputs x, scale, bias. ONNX
/// InstanceNormalization-6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InstanceNormalization {
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operator for InstanceNormalization {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        expect_channels(inputs, &[(1, "scale"), (2, "bias")])?;
        let x = inputs.required(0)?;
        if x.shape().len() < 3 {
            return Err("the activation has no spatial dimensions to normalise over".into());
        }
        Ok(vec![x.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        refuse_parameters(backward)?;
        let (x, scale, dy) = (backward.input(0), backward.input(1), backward.dy());
        let shape = backward.shape(x);
        let space: Vec<usize> = (2..shape.len()).collect();
        let dx = backward.write(|sheet| {
            let (x, scale, dy) = (sheet.term(x), sheet.term(scale), sheet.term(dy));
            normalised_cotangent(x, dy * scale.per_channel(shape.len()), &space, self.epsilon)
        })?;
        Ok(vec![Some(dx)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn parameters_are_per_channel() {
        let op = InstanceNormalization { epsilon: 1e-5 };
        assert_eq!(shape_of(op, &[&[1, 4, 3, 3], &[4], &[4]]), Some(vec![1, 4, 3, 3]));
        assert_eq!(shape_of(op, &[&[1, 4, 3, 3], &[3], &[4]]), None);
        assert_eq!(shape_of(op, &[&[1, 4], &[4], &[4]]), None);
    }
}
