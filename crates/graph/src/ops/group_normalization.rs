use super::normalisation::{expect_channels, normalised_cotangent, refuse_parameters};
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Normalises groups of channels of each image over space; scale and bias per channel. Inputs x,
/// scale, bias. ONNX GroupNormalization-21.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNormalization {
    /// Number of groups.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operator for GroupNormalization {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        expect_channels(inputs, &[(1, "scale"), (2, "bias")])?;
        let channels = inputs.required(0)?.shape()[1];
        if self.groups == 0 || channels % self.groups != 0 {
            return Err(Reason(format!("{} groups do not divide {channels} channels", self.groups)));
        }
        Ok(vec![inputs.required(0)?.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        refuse_parameters(backward)?;
        let (x, scale, dy) = (backward.input(0), backward.input(1), backward.dy());
        let shape = backward.shape(x);
        let elements: usize = shape[1..].iter().product();
        let grouped = [shape[0], self.groups, elements / self.groups];
        let dx = backward.write(|sheet| {
            let (x, scale, dy) = (sheet.term(x), sheet.term(scale), sheet.term(dy));
            let dy = dy * scale.per_channel(shape.len());
            normalised_cotangent(x.reshape(&grouped), dy.reshape(&grouped), &[2], self.epsilon).reshape(&shape)
        })?;
        Ok(vec![Some(dx)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn groups_divide_the_channels() {
        let groups = |groups| GroupNormalization { groups, epsilon: 1e-5 };
        assert_eq!(shape_of(groups(2), &[&[1, 4, 3], &[4], &[4]]), Some(vec![1, 4, 3]));
        assert_eq!(shape_of(groups(3), &[&[1, 4, 3], &[4], &[4]]), None);
        assert_eq!(shape_of(groups(0), &[&[1, 4, 3], &[4], &[4]]), None);
    }
}
