use super::Sqrt;
use super::normalisation::{expect_channels, refuse_parameters};
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = scale · (x − mean) / √(variance + epsilon) + bias` per channel (dimension 1), with the
/// running statistics. Inputs x, scale, bias, mean, variance. ONNX BatchNormalization-15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormalization {
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operator for BatchNormalization {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        expect_channels(inputs, &[(1, "scale"), (2, "bias"), (3, "mean"), (4, "variance")])?;
        Ok(vec![inputs.required(0)?.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        refuse_parameters(backward)?;
        let (scale, variance, dy) = (backward.input(1), backward.input(4), backward.dy());
        let dx = backward.write(|sheet| {
            let (scale, variance, dy) = (sheet.term(scale), sheet.term(variance), sheet.term(dy));
            let factor = scale / (variance + self.epsilon).apply(Sqrt);
            dy * factor.per_channel(dy.shape().len())
        })?;
        Ok(vec![Some(dx)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;
    use crate::{DType, Dim, Graph, ModulePath, Rules, differentiate};

    #[test]
    fn parameters_have_no_gradient() {
        let mut graph = Graph::new();
        let x = graph.input("x", DType::F32, vec![Dim::Fixed(2), Dim::Fixed(3)], &[2, 3]);
        let parameter = graph.input("parameter", DType::F32, vec![Dim::Fixed(3)], &[3]);
        let inputs = [x, parameter, parameter, parameter, parameter];
        let y = graph.add(BatchNormalization { epsilon: 1e-5 }, &inputs, &ModulePath::root()).unwrap();
        let message = differentiate(&mut graph, y, &[parameter], Rules::Standard).unwrap_err().to_string();
        assert!(message.contains("its parameters depend on the layer"), "{message}");
        assert!(differentiate(&mut graph, y, &[x], Rules::Standard).is_ok());
    }

    #[test]
    fn parameters_are_per_channel() {
        let op = BatchNormalization { epsilon: 1e-5 };
        assert_eq!(shape_of(op, &[&[2, 3], &[3], &[3], &[3], &[3]]), Some(vec![2, 3]));
        assert_eq!(shape_of(op, &[&[2, 3, 4, 4], &[3], &[3], &[3], &[4]]), None);
        assert_eq!(shape_of(op, &[&[3], &[3], &[3], &[3], &[3]]), None);
        assert_eq!(shape_of(op, &[&[2, 3], &[3], &[3], &[3]]), None);
    }
}
