//! Walking over broadcast or strided operands in the output's order.

/// How the operands of an elementwise kernel lie, the fewest dimensions that tell it.
pub(super) struct Walk<const N: usize> {
    /// Extents of the outer dimensions.
    outer: Vec<usize>,
    /// What each operand advances by along each outer dimension.
    strides: Vec<[isize; N]>,
    /// Extent of the innermost dimension.
    pub(super) inner: usize,
    /// What each operand advances by along it; 0 or 1 if the operands are broadcast and contiguous.
    pub(super) inner_strides: [isize; N],
}

impl<const N: usize> Walk<N> {
    /// Contiguous operands broadcast to `output`.
    pub(super) fn broadcast(output: &[usize], operands: [&[usize]; N]) -> Self {
        let strides = (0..output.len())
            .map(|axis| operands.map(|shape| broadcast_stride(shape, axis + shape.len(), output.len())));
        Walk::strided(output, strides.collect())
    }

    /// Operands that advance by `strides` along each dimension of `output`.
    pub(super) fn strided(output: &[usize], strides: Vec<[isize; N]>) -> Self {
        let mut merged: Vec<(usize, [isize; N])> = Vec::new();
        for (&extent, stride) in output.iter().zip(strides).filter(|(extent, _)| **extent != 1) {
            match merged.last_mut() {
                Some((outer, of_outer)) if (0..N).all(|i| of_outer[i] == stride[i] * extent as isize) => {
                    *outer *= extent;
                    *of_outer = stride;
                }
                _ => merged.push((extent, stride)),
            }
        }
        let (inner, inner_strides) = merged.pop().unwrap_or((1, [1; N]));
        let (outer, strides) = merged.into_iter().unzip();
        Walk { outer, strides, inner, inner_strides }
    }

    /// Calls `f(position, offsets, n)` for each run of `n` elements along the innermost dimension
    /// between the elements `start` and `start + len` of the output: `position` counts from
    /// `start`, the offsets are those of the operands.
    pub(super) fn runs(&self, start: usize, len: usize, mut f: impl FnMut(usize, [isize; N], usize)) {
        let mut position = 0;
        while position < len {
            let (row, column) = ((start + position) / self.inner, (start + position) % self.inner);
            let n = (self.inner - column).min(len - position);
            let mut offsets = self.inner_strides.map(|s| s * column as isize);
            let mut rest = row;
            for (extent, strides) in self.outer.iter().zip(&self.strides).rev() {
                let index = (rest % extent) as isize;
                rest /= extent;
                (0..N).for_each(|i| offsets[i] += index * strides[i]);
            }
            f(position, offsets, n);
            position += n;
        }
    }
}

/// What an operand of `shape`, aligned at the last of `rank` dimensions, advances by along
/// dimension `shifted − shape.len()`.
fn broadcast_stride(shape: &[usize], shifted: usize, rank: usize) -> isize {
    match shifted.checked_sub(rank) {
        Some(axis) if shape[axis] != 1 => shape[axis + 1..].iter().product::<usize>() as isize,
        _ => 0,
    }
}

/// What a contiguous tensor advances by along each dimension.
pub(super) fn contiguous(shape: &[usize]) -> Vec<isize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product::<usize>() as isize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_that_advance_together_are_one() {
        let walk = Walk::broadcast(&[2, 3, 4, 5], [&[2, 3, 4, 5], &[3, 1, 1]]);
        assert_eq!((walk.outer.as_slice(), walk.inner, walk.inner_strides), ([2, 3].as_slice(), 20, [1, 0]));
        let whole = Walk::broadcast(&[2, 3, 4], [&[2, 3, 4], &[2, 3, 4]]);
        assert_eq!((whole.outer.len(), whole.inner), (0, 24));
    }

    #[test]
    fn runs_cut_anywhere_cover_the_same_elements() {
        let walk = Walk::broadcast(&[2, 3, 4], [&[3, 1]]);
        let mut seen = Vec::new();
        for (start, len) in [(0, 5), (5, 1), (6, 18)] {
            walk.runs(start, len, |position, [offset], n| {
                (0..n).for_each(|i| seen.push((start + position + i, offset)))
            });
        }
        assert_eq!(seen, (0..24).map(|i| (i, (i / 4 % 3) as isize)).collect::<Vec<_>>());
    }
}
