//! NumPy broadcasting.

use crate::Reason;

/// The common shape of two operands: aligned at the last dimension, extents equal or 1.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Reason> {
    let rank = a.len().max(b.len());
    let extent = |shape: &[usize], i: usize| (i + shape.len()).checked_sub(rank).map_or(1, |j| shape[j]);
    (0..rank)
        .map(|i| match (extent(a, i), extent(b, i)) {
            (x, y) if x == y || y == 1 => Ok(x),
            (1, y) => Ok(y),
            _ => Err(Reason(format!("shapes {a:?} and {b:?} cannot be broadcast together"))),
        })
        .collect()
}

/// For each element of `to` in row-major order, the index of the element of `from` that it repeats.
/// `from` must broadcast to `to`.
pub(crate) fn source_indices(from: &[usize], to: &[usize]) -> impl Iterator<Item = usize> {
    let missing = to.len() - from.len();
    let mut strides = vec![0; to.len()];
    let mut stride = 1;
    for axis in (0..from.len()).rev() {
        strides[axis + missing] = if from[axis] == 1 { 0 } else { stride };
        stride *= from[axis];
    }
    let to = to.to_vec();
    (0..to.iter().product()).map(move |flat: usize| {
        let mut rest = flat;
        let mut index = 0;
        for axis in (0..to.len()).rev() {
            index += rest % to[axis] * strides[axis];
            rest /= to[axis];
        }
        index
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_broadcast_as_in_numpy() {
        assert_eq!(broadcast(&[2, 3, 1], &[4]).unwrap(), [2, 3, 4]);
        assert_eq!(broadcast(&[], &[5]).unwrap(), [5]);
        assert_eq!(broadcast(&[0], &[1]).unwrap(), [0]);
        assert!(broadcast(&[2, 3], &[2]).is_err());
    }

    #[test]
    fn source_indices_repeat_broadcast_axes() {
        assert_eq!(source_indices(&[2, 1], &[2, 3]).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1]);
        assert_eq!(source_indices(&[3], &[2, 3]).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2]);
    }
}
