use super::elementwise::expect_number;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{Data, GraphError, Reason, Tensor, Type, ValueId};

/// `y = min(max(x, min), max)`, the bounds optional scalar inputs. ONNX Clip-13; the derivative at
/// the bounds is 0, as `torch.nn.ReLU6` and the `torch.clamp` of PyTorch 2.15 have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip;

impl Clip {
    /// The formula; a missing bound is infinite. Where `min > max`, the result is `max`.
    pub fn apply(&self, x: f32, min: f32, max: f32) -> f32 {
        // Not `f32::max`: a NaN must come out as a NaN.
        let raised = if x < min { min } else { x };
        if raised > max { max } else { raised }
    }
}

impl Operator for Clip {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        expect_number(&x, 0)?;
        for i in [1, 2] {
            match inputs.optional(i) {
                Some(bound) if bound.ty.dtype != x.ty.dtype => {
                    return Err(Reason(format!(
                        "input {i} must hold {:?}, as input 0 does, not {:?}",
                        x.ty.dtype, bound.ty.dtype
                    )));
                }
                Some(bound) if bound.ty.len() != 1 => {
                    return Err(Reason(format!(
                        "input {i}, a bound, must be one \
                    number"
                    )));
                }
                _ => {}
            }
        }
        Ok(vec![x.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        if backward.wanted(1) || backward.wanted(2) {
            return Err(
                backward.refuse("its bounds depend on the layer; only the gradient of its activation is defined")
            );
        }
        let (x, dy) = (backward.input(0), backward.dy());
        let (min, max) = (backward.optional_input(1), backward.optional_input(2));
        let dx = backward.write(|sheet| {
            let (x, mut dx) = (sheet.term(x), sheet.term(dy));
            if let Some(min) = min {
                dx = x.above(sheet.term(min).reshape(&[])).pick(dx, 0.0);
            }
            if let Some(max) = max {
                dx = x.below(sheet.term(max).reshape(&[])).pick(dx, 0.0);
            }
            dx
        })?;
        Ok(vec![Some(dx)])
    }

    fn fold(&self, inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        let x = inputs.optional(0)?.constant?;
        let bounds = [1, 2].map(|i| inputs.optional(i).map(|bound| bound.constant));
        // A bound that is given but not known forbids folding.
        let [min, max] = bounds.map(|bound| bound.map_or(Some(None), |known| known.map(Some)));
        let (min, max) = (min?, max?);
        let data = match x.data() {
            Data::F32(x) => {
                let min = min.map_or(Some(f32::NEG_INFINITY), |t| Some(t.as_f32()?[0]))?;
                let max = max.map_or(Some(f32::INFINITY), |t| Some(t.as_f32()?[0]))?;
                Data::F32(x.iter().map(|&x| self.apply(x, min, max)).collect::<Vec<_>>().into())
            }
            Data::I64(x) => {
                let min = min.map_or(Some(i64::MIN), |t| Some(t.as_i64()?[0]))?;
                let max = max.map_or(Some(i64::MAX), |t| Some(t.as_i64()?[0]))?;
                Data::I64(x.iter().map(|&x| x.max(min).min(max)).collect::<Vec<_>>().into())
            }
            Data::Bool(_) => return None,
        };
        Some(vec![Tensor::new(x.shape(), data)])
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
    fn both_bounds_hold() {
        let bounded = |x: &[f32]| folded(Clip, &[floats(x), Tensor::scalar(-1.0), Tensor::scalar(2.0)]);
        assert_eq!(bounded(&[-3.0, -1.0, 0.5, 9.0]), floats(&[-1.0, -1.0, 0.5, 2.0]));
        assert!(bounded(&[f32::NAN]).as_f32().unwrap()[0].is_nan());
        assert_eq!(folded(Clip, &[Tensor::ints(&[-5, 5]), Tensor::i64([], vec![0])]), Tensor::ints(&[0, 5]));
    }

    #[test]
    fn a_bound_is_one_number() {
        assert_eq!(shape_of(Clip, &[&[2, 3], &[], &[1]]), Some(vec![2, 3]));
        assert_eq!(shape_of(Clip, &[&[2, 3], &[3]]), None);
    }
}
