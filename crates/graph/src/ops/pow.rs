use super::broadcast::{broadcast, source_indices};
use super::elementwise::{Binary, expect_number};
use super::{And, Log, Operands, Operator};
use crate::backward::Backward;
use crate::{DType, Data, GraphError, Reason, Tensor, Type, ValueId};

/// `y = a ^ b`, broadcast; the exponent may be integer where the base is not. ONNX Pow-15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pow;

impl Binary for Pow {
    fn apply(&self, a: f32, b: f32) -> f32 {
        // Squares are by far the most frequent, and exact this way.
        if b == 2.0 { a * a } else { a.powf(b) }
    }

    fn apply_int(&self, a: i64, b: i64) -> Option<i64> {
        a.checked_pow(u32::try_from(b).ok()?)
    }
}

impl Operator for Pow {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (a, b) = (inputs.required(0)?, inputs.required(1)?);
        expect_number(&a, 0)?;
        expect_number(&b, 1)?;
        Ok(vec![Type::new(a.ty.dtype, broadcast(a.shape(), b.shape())?)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (a, b, y, dy) = (backward.input(0), backward.input(1), backward.output(0), backward.dy());
        let mut cotangents = vec![None, None];
        if backward.wanted(0) {
            cotangents[0] = Some(backward.write(|sheet| {
                let (a, b, dy) = (sheet.term(a), sheet.term(b).to_f32(), sheet.term(dy));
                let slope = dy * b * a.with(Pow, b - 1.0);
                // a⁰ is 1 everywhere, though 0 · 0⁻¹ is not a number.
                let constant_exponent = b.known().is_some_and(|b| b.as_f32().is_some_and(|b| !b.contains(&0.0)));
                if constant_exponent { slope } else { b.equals(0.0).pick(0.0, slope) }
            })?);
        }
        let smooth_exponent = backward.graph().value(b).ty.dtype == DType::F32;
        if backward.wanted(1) && smooth_exponent {
            cotangents[1] = Some(backward.write(|sheet| {
                let (a, b, y, dy) = (sheet.term(a), sheet.term(b), sheet.term(y), sheet.term(dy));
                let zero_power = a.equals(0.0).with(And, b.at_least(0.0));
                zero_power.pick(0.0, dy * y * a.apply(Log))
            })?);
        }
        Ok(cotangents)
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let (a, b) = (inputs.optional(0)?.constant?, inputs.optional(1)?.constant?);
        let shape = &outputs[0].shape;
        let pairs = source_indices(a.shape(), shape).zip(source_indices(b.shape(), shape));
        let data = match (a.data(), b.data()) {
            (Data::F32(a), Data::F32(b)) => {
                Data::F32(pairs.map(|(i, j)| self.apply(a[i], b[j])).collect::<Vec<_>>().into())
            }
            (Data::F32(a), Data::I64(b)) => {
                Data::F32(pairs.map(|(i, j)| self.apply(a[i], b[j] as f32)).collect::<Vec<_>>().into())
            }
            (Data::I64(a), Data::I64(b)) => {
                Data::I64(pairs.map(|(i, j)| self.apply_int(a[i], b[j])).collect::<Option<Vec<_>>>()?.into())
            }
            _ => return None,
        };
        Some(vec![Tensor::new(shape.clone(), data)])
    }

    fn is_elementwise(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{floats, folded};

    #[test]
    fn exponents_may_be_of_another_type() {
        assert_eq!(folded(Pow, &[floats(&[3.0, -2.0]), Tensor::i64([], vec![2])]), floats(&[9.0, 4.0]));
        assert_eq!(folded(Pow, &[floats(&[4.0]), floats(&[0.5])]), floats(&[2.0]));
        assert_eq!(folded(Pow, &[Tensor::ints(&[2, 3]), Tensor::ints(&[10, 0])]), Tensor::ints(&[1024, 1]));
    }
}
