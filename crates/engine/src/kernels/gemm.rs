//! The product of two matrices whose panels have been packed.
//!
//! Rows of the left matrix are packed in panels of [`Shape::rows`], columns of the right one in
//! panels of [`Shape::columns`]. Each element of the product is one chain of additions over the
//! summed dimension, whatever the extents: the result for an image does not depend on its batch.

use crate::parallel::{self, Shared};
use crate::simd::{Isa, LANES, Simd, Task};

/// Extents of the tile that one call of the inner loop computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Shape {
    /// What fits the registers.
    pub(super) fn of(isa: Isa) -> Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => Shape { rows: 12, columns: 2 * LANES },
            _ => Shape { rows: 6, columns: LANES },
        }
    }

    /// Floats of `m` packed rows of `k`.
    pub(super) fn packed_rows(self, m: usize, k: usize) -> usize {
        m.next_multiple_of(self.rows) * k
    }

    /// Floats of `n` packed columns of `k`.
    pub(super) fn packed_columns(self, n: usize, k: usize) -> usize {
        n.next_multiple_of(self.columns) * k
    }
}

/// A matrix in memory: element (i, j) is at `i · strides[0] + j · strides[1]`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub(super) elements: &'a [f32],
    pub(super) strides: [usize; 2],
}

impl Matrix<'_> {
    fn transposed(self) -> Self {
        Matrix { strides: [self.strides[1], self.strides[0]], ..self }
    }

    /// Packs `m` rows of `k` elements.
    pub(super) fn pack_rows(self, shape: Shape, m: usize, k: usize, packed: &mut [f32]) {
        self.pack(shape.rows, m, k, packed);
    }

    /// Packs `n` columns of `k` elements.
    pub(super) fn pack_columns(self, shape: Shape, n: usize, k: usize, packed: &mut [f32]) {
        self.transposed().pack(shape.columns, n, k, packed);
    }

    /// Panels of `width` rows, each ordered by column; missing rows are zeros.
    fn pack(self, width: usize, rows: usize, k: usize, packed: &mut [f32]) {
        parallel::chunks(packed, (width * k).max(1), |panel, packed| {
            let first = panel * width;
            let here = width.min(rows - first);
            for (j, lane) in packed.chunks_exact_mut(width).enumerate() {
                let at = first * self.strides[0] + j * self.strides[1];
                for (i, x) in lane[..here].iter_mut().enumerate() {
                    *x = self.elements[at + i * self.strides[0]];
                }
                lane[here..].fill(0.0);
            }
        });
    }
}

/// `out (m × n) = left · right`, both packed.
pub(super) fn multiply(isa: Isa, [m, k, n]: [usize; 3], left: &[f32], right: &[f32], out: &mut [f32]) {
    assert_eq!(out.len(), m * n);
    let shape = Shape::of(isa);
    let (row_panels, column_panels) = (m.div_ceil(shape.rows), n.div_ceil(shape.columns));
    /// Row panels of one piece of work.
    const GROUP: usize = 8;
    let groups = row_panels.div_ceil(GROUP);
    let shared = Shared::new(out);
    parallel::for_each(column_panels * groups, |task| {
        let (column, group) = (task / groups, task % groups);
        let right = &right[column * shape.columns * k..][..shape.columns * k];
        for row in group * GROUP..row_panels.min((group + 1) * GROUP) {
            let left = &left[row * shape.rows * k..][..shape.rows * k];
            let (i, j) = (row * shape.rows, column * shape.columns);
            // SAFETY: the tile begins inside `out`; tiles of different tasks are apart.
            let out = unsafe { shared.at(i * n + j) };
            // SAFETY: rows i.. and columns j.. are cut to those that `out` has, and only this task
            // writes them.
            unsafe {
                tile(
                    isa,
                    k,
                    left,
                    right,
                    Target { out, row_stride: n, rows: shape.rows.min(m - i), columns: shape.columns.min(n - j) },
                )
            };
        }
    });
}

/// Where a tile goes.
pub(super) struct Target {
    pub(super) out: *mut f32,
    pub(super) row_stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// Computes one tile from a panel of each matrix.
///
/// # Safety
/// `target` is valid for writes of `rows` × `columns`, and no other thread touches them.
pub(super) unsafe fn tile(isa: Isa, k: usize, left: &[f32], right: &[f32], target: Target) {
    let shape = Shape::of(isa);
    assert!(
        left.len() >= k * shape.rows
            && right.len() >= k * shape.columns
            && target.rows <= shape.rows
            && target.columns <= shape.columns
    );
    isa.run(Tile { k, left, right, target });
}

struct Tile<'a> {
    k: usize,
    left: &'a [f32],
    right: &'a [f32],
    target: Target,
}

impl Task for Tile<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: `tile` has checked the panels against the extents that `Shape::of` gives for the
        // same instruction set, and passes its contract on.
        unsafe {
            match (S::WIDE, self.target.rows, self.target.columns > LANES) {
                (false, ..) => self.compute::<S, 6, 6, 1, 1>(),
                (true, 0..=4, true) => self.compute::<S, 12, 4, 2, 2>(),
                (true, 5..=8, true) => self.compute::<S, 12, 8, 2, 2>(),
                (true, _, true) => self.compute::<S, 12, 12, 2, 2>(),
                (true, 0..=4, false) => self.compute::<S, 12, 4, 2, 1>(),
                (true, 5..=8, false) => self.compute::<S, 12, 8, 2, 1>(),
                (true, _, false) => self.compute::<S, 12, 12, 2, 1>(),
            }
        }
    }
}

impl Tile<'_> {
    /// Computes the first `ROWS` of the `HEIGHT` rows and the first `VECTORS` of the `WIDTH`
    /// vectors of a panel: at edges no more than there is.
    #[inline(always)]
    unsafe fn compute<S: Simd, const HEIGHT: usize, const ROWS: usize, const WIDTH: usize, const VECTORS: usize>(self) {
        let Tile { k, left, right, target } = self;
        let (mut left, mut right) = (left.as_ptr(), right.as_ptr());
        // SAFETY: the panels hold k times HEIGHT rows and WIDTH vectors; stores stay within the
        // target's rows and columns.
        unsafe {
            let mut sums = [[S::zero(); VECTORS]; ROWS];
            for _ in 0..k {
                let mut b = [S::zero(); VECTORS];
                for (v, b) in b.iter_mut().enumerate() {
                    *b = S::load(right.add(v * LANES));
                }
                for (i, row) in sums.iter_mut().enumerate() {
                    let a = S::splat(*left.add(i));
                    for (sum, b) in row.iter_mut().zip(b) {
                        *sum = S::fma(a, b, *sum);
                    }
                }
                left = left.add(HEIGHT);
                right = right.add(WIDTH * LANES);
            }
            for (i, row) in sums.iter().enumerate().take(target.rows) {
                let out = target.out.add(i * target.row_stride);
                for (v, &sum) in row.iter().enumerate() {
                    let (at, here) = (v * LANES, target.columns.saturating_sub(v * LANES).min(LANES));
                    if here == LANES {
                        S::store(out.add(at), sum);
                    } else {
                        let mut lanes = [0.0; LANES];
                        S::store(lanes.as_mut_ptr(), sum);
                        std::ptr::copy_nonoverlapping(lanes.as_ptr(), out.add(at), here);
                    }
                }
            }
        }
    }
}
