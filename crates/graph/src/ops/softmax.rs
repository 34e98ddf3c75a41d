use super::axes::resolve_axis;
use super::elementwise::expect_f32;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `e^x / Σ e^x` along one axis. ONNX Softmax-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softmax {
    /// Axis, counted from the end where negative.
    pub axis: isize,
}

impl Operator for Softmax {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        expect_f32(&x, 0)?;
        resolve_axis(self.axis as i64, x.shape().len())?;
        Ok(vec![x.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (y, dy) = (backward.output(0), backward.dy());
        let axis = resolve_axis(self.axis as i64, backward.shape(y).len()).expect(
            "the type rule has found this axis \
            good",
        );
        let dx = backward.write(|sheet| {
            let (y, dy) = (sheet.term(y), sheet.term(dy));
            y * (dy - (dy * y).sum(&[axis]))
        })?;
        Ok(vec![Some(dx)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn the_axis_must_exist() {
        assert_eq!(shape_of(Softmax { axis: -2 }, &[&[2, 3]]), Some(vec![2, 3]));
        assert_eq!(shape_of(Softmax { axis: 2 }, &[&[2, 3]]), None);
        assert_eq!(shape_of(Softmax { axis: isize::MIN }, &[&[2, 3]]), None);
    }
}
