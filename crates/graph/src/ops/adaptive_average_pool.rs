use super::elementwise::expect_f32;
use super::{AdaptiveAveragePoolGrad, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Mean over windows that divide `x (N, C, H, W)` into `output` cells: window i covers ⌊i·n/o⌋ to
/// ⌈(i+1)·n/o⌉. PyTorch adaptive_avg_pool2d; ONNX has it only where o divides n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveAveragePool {
    /// Cells, `[height, width]`.
    pub output: [usize; 2],
}

impl AdaptiveAveragePool {
    /// The cells of an axis of `extent` that window `i` of `output` covers.
    pub fn window(extent: usize, output: usize, i: usize) -> std::ops::Range<usize> {
        i * extent / output..((i + 1) * extent).div_ceil(output)
    }
}

impl Operator for AdaptiveAveragePool {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        expect_f32(&x, 0)?;
        let &[n, channels, height, width] = x.shape() else {
            return Err("the activation must have 4 dimensions".into());
        };
        if [height, width, self.output[0], self.output[1]].contains(&0) {
            return Err(Reason(format!(
                "{height}×{width} cells cannot be pooled to {}×{}",
                self.output[0], self.output[1]
            )));
        }
        Ok(vec![Type::f32([n, channels, self.output[0], self.output[1]])])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, dy) = (backward.shape(backward.input(0)), backward.dy());
        Ok(vec![Some(backward.add(AdaptiveAveragePoolGrad { input: [x[2], x[3]] }, &[dy])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_where_extents_do_not_divide() {
        let windows: Vec<_> = (0..3).map(|i| AdaptiveAveragePool::window(7, 3, i)).collect();
        assert_eq!(windows, [0..3, 2..5, 4..7]);
    }
}
