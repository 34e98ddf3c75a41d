use super::{DepthToSpace, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Moves blocks of space into channels. ONNX SpaceToDepth-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpaceToDepth {
    /// Block extent.
    pub block: usize,
    /// Channel order, as in [`DepthToSpace`]; ONNX has `DCR` only.
    pub column_row_depth: bool,
}

impl Operator for SpaceToDepth {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let &[n, channels, height, width] = x.shape() else {
            return Err("the activation must have 4 dimensions".into());
        };
        if self.block == 0 || height % self.block != 0 || width % self.block != 0 {
            return Err(Reason(format!("{height}×{width} cells are not made of blocks of {0}×{0}", self.block)));
        }
        let channels = channels.saturating_mul(self.block).saturating_mul(self.block);
        Ok(vec![Type::new(x.ty.dtype, [n, channels, height / self.block, width / self.block])])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let dy = backward.dy();
        let back = DepthToSpace { block: self.block, column_row_depth: self.column_row_depth };
        Ok(vec![Some(backward.add(back, &[dy])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn cells_become_blocks_of_channels() {
        let op = |block| SpaceToDepth { block, column_row_depth: false };
        assert_eq!(shape_of(op(2), &[&[1, 2, 6, 8]]), Some(vec![1, 8, 3, 4]));
        assert!([0, 4, usize::MAX].into_iter().all(|block| shape_of(op(block), &[&[1, 2, 6, 8]]).is_none()));
    }
}
