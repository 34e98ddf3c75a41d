use super::elementwise::expect_f32;
use super::{Conv, Operands, Operator, Padding, Pow};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// `y = x / (bias + alpha/size · Σ x²)^beta`, the sum over `size` neighbouring channels. ONNX
/// LRN-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lrn {
    /// Channels in the sum.
    pub size: usize,
    /// Scale.
    pub alpha: f32,
    /// Exponent.
    pub beta: f32,
    /// Offset.
    pub bias: f32,
}

impl Lrn {
    /// Channels in the sum `[below, above]` the channel itself.
    pub fn reach(&self) -> [usize; 2] {
        let others = self.size.saturating_sub(1);
        [others / 2, others - others / 2]
    }
}

impl Operator for Lrn {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        expect_f32(&x, 0)?;
        if x.shape().len() < 3 {
            return Err("the activation must have at least 3 dimensions, the second of them channels".into());
        }
        if self.size == 0 || self.size > MOST_CHANNELS {
            return Err(Reason(format!("its size, {}, must lie between 1 and {MOST_CHANNELS}", self.size)));
        }
        Ok(vec![x.ty.clone()])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, y, dy) = (backward.input(0), backward.output(0), backward.dy());
        let shape = backward.shape(x);
        let [below, above] = self.reach();
        // The sum over neighbouring channels as a convolution with ones along them.
        let flat = [shape[0], 1, shape[1], shape[2..].iter().product()];
        let neighbours = |before, after| Conv { padding: Padding::Explicit([before, 0, after, 0]), ..Conv::default() };
        let (sum, sum_back) = (neighbours(below, above), neighbours(above, below));
        let scale = self.alpha / self.size as f32;
        let dx = backward.write(|sheet| {
            let (x, y, dy) = (sheet.term(x), sheet.term(y), sheet.term(dy));
            let ones = sheet.constant(Tensor::f32([1, 1, self.size, 1], vec![1.0; self.size]));
            let base = self.bias + scale * (x * x).reshape(&flat).with(sum, ones).reshape(&shape);
            let spread = (dy * y / base).reshape(&flat).with(sum_back, ones).reshape(&shape);
            dy * base.with(Pow, -self.beta) - 2.0 * scale * self.beta * x * spread
        })?;
        Ok(vec![Some(dx)])
    }
}

/// More channels than any network sums over; a hostile file asks for more.
const MOST_CHANNELS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn an_even_size_reaches_further_above() {
        let lrn = |size| Lrn { size, alpha: 1e-4, beta: 0.75, bias: 1.0 };
        assert_eq!([lrn(1).reach(), lrn(5).reach(), lrn(4).reach()], [[0, 0], [2, 2], [1, 2]]);
        assert_eq!(shape_of(lrn(5), &[&[1, 3, 2, 2]]), Some(vec![1, 3, 2, 2]));
        assert_eq!(shape_of(lrn(0), &[&[1, 3, 2, 2]]), None);
        assert_eq!(shape_of(lrn(usize::MAX), &[&[1, 3, 2, 2]]), None);
    }
}
