//! Counting axes.

/// An axis counted from the end where negative.
pub(super) fn axis(axis: isize, rank: usize) -> usize {
    if axis < 0 { rank.saturating_add_signed(axis) } else { axis as usize }
}

/// The extents before `axis`, at it, and behind it, each as one.
pub(super) fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product())
}
