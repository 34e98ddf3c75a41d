use super::broadcast::broadcast;
use super::elementwise::expect_f32;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// `y = alpha · A' · B' + beta · C`, 2-D, `C` optional and broadcast. ONNX Gemm-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gemm {
    /// Factor of the product.
    pub alpha: f32,
    /// Factor of the addend.
    pub beta: f32,
    /// Whether A is transposed first.
    pub trans_a: bool,
    /// Whether B is transposed first.
    pub trans_b: bool,
}

impl Gemm {
    /// The product alone, with these transpositions.
    fn product(&self, trans_a: bool, trans_b: bool) -> Self {
        Gemm { alpha: self.alpha, beta: 1.0, trans_a, trans_b }
    }
}

impl Operator for Gemm {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (a, b) = (inputs.required(0)?, inputs.required(1)?);
        expect_f32(&a, 0)?;
        expect_f32(&b, 1)?;
        let (&[a0, a1], &[b0, b1]) = (a.shape(), b.shape()) else {
            return Err("both factors must have 2 dimensions".into());
        };
        let (m, k) = if self.trans_a { (a1, a0) } else { (a0, a1) };
        let (k_b, n) = if self.trans_b { (b1, b0) } else { (b0, b1) };
        if k != k_b {
            return Err(Reason(format!("rows of {k} elements do not match columns of {k_b}")));
        }
        if let Some(c) = inputs.optional(2) {
            expect_f32(&c, 2)?;
            if broadcast(c.shape(), &[m, n]).as_deref() != Ok(&[m, n]) {
                return Err(Reason(format!("an addend of shape {:?} does not broadcast to {:?}", c.shape(), [m, n])));
            }
        }
        Ok(vec![Type::f32([m, n])])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (a, b, dy) = (backward.input(0), backward.input(1), backward.dy());
        let mut cotangents = vec![None; backward.inputs()];
        if backward.wanted(0) {
            cotangents[0] = Some(match self.trans_a {
                false => backward.add(self.product(false, !self.trans_b), &[dy, b])?,
                true => backward.add(self.product(self.trans_b, true), &[b, dy])?,
            });
        }
        if backward.wanted(1) {
            cotangents[1] = Some(match self.trans_b {
                false => backward.add(self.product(!self.trans_a, false), &[a, dy])?,
                true => backward.add(self.product(true, self.trans_a), &[dy, a])?,
            });
        }
        if backward.wanted(2) {
            cotangents[2] = Some(backward.write(|sheet| self.beta * sheet.term(dy))?);
        }
        Ok(cotangents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn transposes_come_first_and_the_addend_broadcasts_one_way() {
        let gemm = |trans_a, trans_b| Gemm { alpha: 1.0, beta: 1.0, trans_a, trans_b };
        assert_eq!(shape_of(gemm(false, true), &[&[2, 3], &[4, 3], &[4]]), Some(vec![2, 4]));
        assert_eq!(shape_of(gemm(true, false), &[&[3, 2], &[3, 4], &[2, 1]]), Some(vec![2, 4]));
        assert_eq!(shape_of(gemm(false, false), &[&[2, 3], &[4, 3]]), None);
        assert_eq!(shape_of(gemm(false, true), &[&[1, 3], &[4, 3], &[2, 4]]), None);
        assert_eq!(shape_of(gemm(false, false), &[&[1, 2, 3], &[3, 4]]), None);
    }
}
