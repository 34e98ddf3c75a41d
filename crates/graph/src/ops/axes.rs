//! Axes and extents as operators write them.

use crate::{Reason, Tensor};

/// The dimension that `axis` means among `rank`; negative ones count from the end.
pub(super) fn resolve_axis(axis: i64, rank: usize) -> Result<usize, Reason> {
    let signed = i64::try_from(rank).ok().and_then(|rank| if axis < 0 { axis.checked_add(rank) } else { Some(axis) });
    match signed.and_then(|axis| usize::try_from(axis).ok()) {
        Some(axis) if axis < rank => Ok(axis),
        _ => Err(Reason(format!("axis {axis} does not exist among {rank} dimensions"))),
    }
}

/// The dimensions that `axes` mean among `rank`, each at most once.
pub(super) fn resolve_axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, Reason> {
    let mut seen = Vec::new();
    for &axis in axes {
        let axis = resolve_axis(axis, rank)?;
        if seen.contains(&axis) {
            return Err(Reason(format!("axis {axis} is named twice")));
        }
        seen.push(axis);
    }
    Ok(seen)
}

/// Extents from the integers that a shape input holds, none of them negative.
pub(super) fn extents(values: &[i64]) -> Result<Vec<usize>, Reason> {
    let extent = |&n: &i64| {
        usize::try_from(n).map_err(|_| Reason(format!("an extent of {n} in shape {values:?} is impossible")))
    };
    values.iter().map(extent).collect()
}

/// Extents as the integers of a shape input.
pub(super) fn ints(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&extent| i64::try_from(extent).unwrap_or(i64::MAX)).collect()
}

/// Row-major strides of a shape.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// The elements of `tensor` at these flat positions, under `shape`.
pub(super) fn pick(tensor: &Tensor, positions: impl Iterator<Item = usize>, shape: &[usize]) -> Tensor {
    use crate::Data;
    let data = match tensor.data() {
        Data::F32(d) => Data::F32(positions.map(|i| d[i]).collect::<Vec<_>>().into()),
        Data::I64(d) => Data::I64(positions.map(|i| d[i]).collect::<Vec<_>>().into()),
        Data::Bool(d) => Data::Bool(positions.map(|i| d[i]).collect::<Vec<_>>().into()),
    };
    Tensor::new(shape, data)
}

/// For each element of `shape` in row-major order, the sum over axes of `table[axis][coordinate]`:
/// flat positions in another tensor.
pub(super) fn positions(shape: &[usize], table: &[Vec<usize>]) -> impl Iterator<Item = usize> {
    let total = shape.iter().product();
    let mut coordinates = vec![0; shape.len()];
    (0..total).map(move |_| {
        let position = coordinates.iter().zip(table).map(|(&c, t): (&usize, _)| t[c]).sum();
        for (coordinate, row) in coordinates.iter_mut().zip(table).rev() {
            *coordinate += 1;
            if *coordinate < row.len() {
                break;
            }
            *coordinate = 0;
        }
        position
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_count_from_both_ends_and_no_further() {
        assert_eq!(resolve_axis(-1, 3).unwrap(), 2);
        assert_eq!(resolve_axis(0, 3).unwrap(), 0);
        for axis in [3, -4, i64::MIN, i64::MAX] {
            assert!(resolve_axis(axis, 3).is_err());
        }
        assert!(resolve_axes(&[1, -2], 3).is_err());
    }

    #[test]
    fn positions_walk_row_major() {
        let walked: Vec<_> = positions(&[2, 3], &[vec![10, 0], vec![2, 1, 0]]).collect();
        assert_eq!(walked, [12, 11, 10, 2, 1, 0]);
        assert_eq!(positions(&[], &[]).collect::<Vec<_>>(), [0]);
    }
}
