use super::{Operands, Operator, SpaceToDepth};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Moves blocks of channels into space. ONNX DepthToSpace-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthToSpace {
    /// Block extent.
    pub block: usize,
    /// Channel order: `CRD` (pixel shuffle) or `DCR`.
    pub column_row_depth: bool,
}

impl Operator for DepthToSpace {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        let &[n, channels, height, width] = x.shape() else {
            return Err("the activation must have 4 dimensions".into());
        };
        let cells = self.block.saturating_mul(self.block);
        if cells == 0 || channels % cells != 0 {
            return Err(Reason(format!("{channels} channels are not made of blocks of {0}×{0}", self.block)));
        }
        let (height, width) = (height.saturating_mul(self.block), width.saturating_mul(self.block));
        Ok(vec![Type::new(x.ty.dtype, [n, channels / cells, height, width])])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let dy = backward.dy();
        let back = SpaceToDepth { block: self.block, column_row_depth: self.column_row_depth };
        Ok(vec![Some(backward.add(back, &[dy])?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::shape_of;

    #[test]
    fn blocks_of_channels_become_cells() {
        let op = |block| DepthToSpace { block, column_row_depth: true };
        assert_eq!(shape_of(op(2), &[&[1, 8, 3, 4]]), Some(vec![1, 2, 6, 8]));
        assert!([0, 3, usize::MAX].into_iter().all(|block| shape_of(op(block), &[&[1, 8, 3, 4]]).is_none()));
    }
}
