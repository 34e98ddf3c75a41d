use super::broadcast::broadcast;
use super::elementwise::expect_f32;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Matrix product over the last two dimensions, batch dimensions broadcast, as `numpy.matmul`. ONNX
/// MatMul-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatMul;

impl Operator for MatMul {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (a, b) = (inputs.required(0)?, inputs.required(1)?);
        expect_f32(&a, 0)?;
        expect_f32(&b, 1)?;
        let (Some((batch_a, [m, k])), Some((batch_b, [k_b, n]))) =
            (as_matrices(a.shape(), 0), as_matrices(b.shape(), 1))
        else {
            return Err("a scalar is no matrix".into());
        };
        if k != k_b {
            return Err(Reason(format!("rows of {k} elements do not match columns of {k_b}")));
        }
        let mut shape = broadcast(batch_a, batch_b)?;
        shape.extend((a.shape().len() > 1).then_some(m));
        shape.extend((b.shape().len() > 1).then_some(n));
        Ok(vec![Type::f32(shape)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (a, b, dy) = (backward.input(0), backward.input(1), backward.dy());
        let (a_shape, b_shape) = (backward.shape(a), backward.shape(b));
        // Vectors are matrices of one row (left) or one column (right).
        let (_, [m, k]) = as_matrices(&a_shape, 0).expect("the type rule has refused scalars");
        let (_, [_, n]) = as_matrices(&b_shape, 1).expect("the type rule has refused scalars");
        let promoted =
            |shape: &[usize], matrix: [usize; 2]| if shape.len() == 1 { matrix.to_vec() } else { shape.to_vec() };
        let (a_matrix, b_matrix) = (promoted(&a_shape, [m, k]), promoted(&b_shape, [k, n]));
        let mut dy_matrix = backward.shape(dy);
        dy_matrix.truncate(dy_matrix.len() - usize::from(a_shape.len() > 1) - usize::from(b_shape.len() > 1));
        dy_matrix.extend([m, n]);

        let mut cotangents = vec![None, None];
        if backward.wanted(0) {
            cotangents[0] = Some(backward.write(|sheet| {
                let (b, dy) = (sheet.term(b).reshape(&b_matrix), sheet.term(dy).reshape(&dy_matrix));
                dy.with(MatMul, b.transpose())
            })?);
        }
        if backward.wanted(1) {
            cotangents[1] = Some(backward.write(|sheet| {
                let (a, dy) = (sheet.term(a).reshape(&a_matrix), sheet.term(dy).reshape(&dy_matrix));
                let db = a.transpose().with(MatMul, dy);
                if b_shape.len() > 1 {
                    return db;
                }
                let shape = db.shape();
                db.reshape(&shape[..shape.len().saturating_sub(1)])
            })?);
        }
        Ok(cotangents)
    }
}

/// Batch dimensions and the matrix `[rows, columns]` of operand 0 or 1; a vector is one row on the
/// left, one column on the right.
fn as_matrices(shape: &[usize], operand: usize) -> Option<(&[usize], [usize; 2])> {
    match shape {
        [] => None,
        &[n] => Some((&[], if operand == 0 { [1, n] } else { [n, 1] })),
        [batch @ .., rows, columns] => Some((batch, [*rows, *columns])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn shapes_are_those_of_numpy() {
        let product = |a: &[usize], b: &[usize]| shape_of(MatMul, &[a, b]);
        assert_eq!(product(&[2, 3], &[3, 4]), Some(vec![2, 4]));
        assert_eq!(product(&[5, 1, 2, 3], &[7, 3, 4]), Some(vec![5, 7, 2, 4]));
        assert_eq!(product(&[3], &[3, 4]), Some(vec![4]));
        assert_eq!(product(&[2, 3], &[3]), Some(vec![2]));
        assert_eq!(product(&[3], &[3]), Some(vec![]));
        for (a, b) in [(&[2, 3][..], &[2, 3][..]), (&[], &[3]), (&[2, 2, 3], &[3, 3, 4]), (&[2, 3], &[4])] {
            assert_eq!(product(a, b), None, "{a:?} · {b:?}");
        }
    }
}
