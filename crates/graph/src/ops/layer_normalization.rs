use super::axes::resolve_axis;
use super::broadcast::broadcast;
use super::elementwise::expect_f32;
use super::normalisation::{normalised_cotangent, refuse_parameters};
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `(x − mean) / √(variance + epsilon) · scale + bias` over the dimensions from `axis` on.
/// Inputs x, scale, optional bias. ONNX LayerNormalization-17.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNormalization {
    /// First dimension normalised over, counted from the end where negative.
    pub axis: isize,
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operator for LayerNormalization {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        expect_f32(&x, 0)?;
        let normalised = &x.shape()[resolve_axis(self.axis as i64, x.shape().len())?..];
        for (i, what) in [(1, "scale"), (2, "bias")] {
            let Some(parameter) = (if i == 1 { Some(inputs.required(1)?) } else { inputs.optional(i) }) else {
                continue;
            };
            expect_f32(&parameter, i)?;
            if broadcast(normalised, parameter.shape()).as_deref() != Ok(normalised) {
                return Err(Reason(format!(
                    "a {what} of shape {:?} does not broadcast to {normalised:?}",
                    parameter.shape()
                )));
            }
        }
        Ok(vec![x.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        refuse_parameters(backward)?;
        let (x, scale, dy) = (backward.input(0), backward.input(1), backward.dy());
        let rank = backward.shape(x).len();
        let axes: Vec<usize> =
            (resolve_axis(self.axis as i64, rank).expect("the type rule has found this axis good")..rank).collect();
        let dx = backward.write(|sheet| {
            let (x, scale, dy) = (sheet.term(x), sheet.term(scale), sheet.term(dy));
            normalised_cotangent(x, dy * scale, &axes, self.epsilon)
        })?;
        Ok(vec![Some(dx)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn parameters_broadcast_to_the_normalised_dimensions() {
        let over = |axis| LayerNormalization { axis, epsilon: 1e-5 };
        assert_eq!(shape_of(over(-1), &[&[2, 3, 4], &[4], &[4]]), Some(vec![2, 3, 4]));
        assert_eq!(shape_of(over(1), &[&[2, 3, 4], &[3, 4]]), Some(vec![2, 3, 4]));
        assert_eq!(shape_of(over(-1), &[&[2, 3, 4], &[3]]), None);
        assert_eq!(shape_of(over(3), &[&[2, 3, 4], &[4]]), None);
        assert_eq!(shape_of(over(-1), &[&[2, 3, 4]]), None);
    }
}
