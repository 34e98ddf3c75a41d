use super::axes::{extents, ints, pick, positions, strides};
use super::{Operands, Operator, ReduceSum, Reshape};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Repeats input 0 as often along each dimension as input 1 says. ONNX Tile-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile;

impl Operator for Tile {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let repeats = extents(inputs.ints(1)?.ok_or("the repeats are missing")?)?;
        if repeats.len() != x.shape().len() {
            return Err(Reason(format!("repeats {repeats:?} are not one for each dimension")));
        }
        Ok(vec![Type::new(
            x.ty.dtype,
            x.shape().iter().zip(&repeats).map(|(d, n)| d.saturating_mul(*n)).collect::<Vec<_>>(),
        )])
    }

    /// The repetitions become dimensions of their own, which are summed.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, y, dy) = (backward.shape(backward.input(0)), backward.shape(backward.output(0)), backward.dy());
        if y.contains(&0) {
            return Err(backward.refuse("its output is empty"));
        }
        let apart: Vec<i64> = x.iter().zip(&y).flat_map(|(&d, &n)| [(n / d) as i64, d as i64]).collect();
        let repetitions: Vec<i64> = (0..x.len() as i64).map(|axis| 2 * axis).collect();
        let (apart, repetitions, shape) =
            (backward.ints(&apart), backward.ints(&repetitions), backward.ints(&ints(&x)));
        let apart = backward.add(Reshape { allow_zero: true }, &[dy, apart])?;
        let sums = backward.add(ReduceSum { keep_dims: false }, &[apart, repetitions])?;
        Ok(vec![Some(backward.add(Reshape { allow_zero: true }, &[sums, shape])?), None])
    }

    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let x = inputs.optional(0)?.constant?;
        let shape = &outputs[0].shape;
        let row = |((&extent, &of), stride): ((&usize, &usize), usize)| (0..extent).map(|i| i % of * stride).collect();
        let table: Vec<Vec<usize>> = shape.iter().zip(x.shape()).zip(strides(x.shape())).map(row).collect();
        Some(vec![pick(x, positions(shape, &table), shape)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{folded, shape_with};

    #[test]
    fn repetitions_follow_each_other() {
        let x = Tensor::ints(&[1, 2]).reshaped([1, 2]);
        assert_eq!(folded(Tile, &[x, Tensor::ints(&[2, 2])]), Tensor::i64([2, 4], vec![1, 2, 1, 2, 1, 2, 1, 2]));
        let shape = |repeats: &[i64]| shape_with(Tile, &[2, 3], &[Tensor::ints(repeats)]);
        assert_eq!(shape(&[0, 1]), Some(vec![0, 3]));
        assert!([&[1][..], &[-1, 1], &[i64::MAX, i64::MAX]].into_iter().all(|repeats| shape(repeats).is_none()));
    }
}
