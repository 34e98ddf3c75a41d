use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{Buffer, DType, Data, GraphError, Reason, Tensor, Type, ValueId};

/// Converts the element type: float to integer truncates, anything to truth values asks for ≠ 0.
/// ONNX Cast-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cast {
    /// Element type of the result.
    pub to: DType,
}

impl Operator for Cast {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        Ok(vec![Type::new(self.to, inputs.required(0)?.shape())])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        // Integers and truth values are constant around almost every point: nothing flows through
        // them.
        let from = backward.graph().value(backward.input(0)).ty.dtype;
        let smooth = from == DType::F32 && self.to == DType::F32;
        Ok(vec![smooth.then(|| backward.dy())])
    }

    fn fold(&self, inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        let x = inputs.optional(0)?.constant?;
        let data = match (x.data(), self.to) {
            (Data::F32(x), DType::I64) => convert(x, |x| x as i64, Data::I64),
            (Data::F32(x), DType::Bool) => convert(x, |x| x != 0.0, Data::Bool),
            (Data::I64(x), DType::F32) => convert(x, |x| x as f32, Data::F32),
            (Data::I64(x), DType::Bool) => convert(x, |x| x != 0, Data::Bool),
            (Data::Bool(x), DType::F32) => convert(x, f32::from, Data::F32),
            (Data::Bool(x), DType::I64) => convert(x, i64::from, Data::I64),
            (same, _) => same.clone(),
        };
        Some(vec![Tensor::new(x.shape(), data)])
    }

    fn is_elementwise(&self) -> bool {
        true
    }
}

fn convert<T: Copy, U>(elements: &[T], each: impl Fn(T) -> U, data: impl Fn(Buffer<U>) -> Data) -> Data
where
    Buffer<U>: From<Vec<U>>,
{
    data(elements.iter().map(|&x| each(x)).collect::<Vec<_>>().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{bools, floats, folded};

    #[test]
    fn floats_are_truncated_and_truth_is_not_zero() {
        let x = floats(&[-1.9, 0.0, 1e30, f32::NAN]);
        assert_eq!(folded(Cast { to: DType::I64 }, std::slice::from_ref(&x)), Tensor::ints(&[-1, 0, i64::MAX, 0]));
        assert_eq!(folded(Cast { to: DType::Bool }, &[x]), bools(&[true, false, true, true]));
        assert_eq!(folded(Cast { to: DType::F32 }, &[bools(&[true, false])]), floats(&[1.0, 0.0]));
        assert_eq!(folded(Cast { to: DType::I64 }, &[Tensor::ints(&[3])]), Tensor::ints(&[3]));
    }
}
