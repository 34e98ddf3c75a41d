//! Tiles of an image to the points, and products at the points to tiles of the output.

use std::marker::PhantomData;

use super::super::activation::Activation;
use super::points::{Points, apply};
use crate::kernels::geometry::Geometry;
use crate::simd::{LANES, Simd, Task};

/// Floats of the largest tile.
const EDGE: usize = 36 * LANES;

/// How an output is cut into tiles of M × M.
pub(super) struct Tiling<const M: usize> {
    pub(super) geometry: Geometry,
    /// Tiles along each axis.
    tiles: [usize; 2],
}

impl<const M: usize> Tiling<M> {
    pub(super) fn new(geometry: Geometry) -> Self {
        let tiles = geometry.output.map(|n| n.div_ceil(M));
        Tiling { geometry, tiles }
    }

    /// Tiles of an image.
    pub(super) fn len(&self) -> usize {
        self.tiles[0] * self.tiles[1]
    }

    /// Tiles of all images.
    pub(super) fn all(&self) -> usize {
        self.geometry.images * self.len()
    }

    /// The image of a tile, and the output cell where it begins.
    fn place(&self, tile: usize) -> (usize, [usize; 2]) {
        let (image, tile) = (tile / self.len(), tile % self.len());
        (image, [tile / self.tiles[1] * M, tile % self.tiles[1] * M])
    }
}

/// Tiles that are worked through together, counted over all images: vector (point i, tile) lies at
/// `point · i + (tile − first) · 16`.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) first: usize,
    pub(super) tiles: usize,
    /// Floats from one point to the next.
    pub(super) point: usize,
}

/// Transforms the tiles of one block of channels.
pub(super) struct Scatter<'a, T, const N: usize, const M: usize> {
    points: PhantomData<T>,
    tiling: &'a Tiling<M>,
    span: Span,
    x: &'a [f32],
    /// Floats from one image to the next.
    image: usize,
    to: *mut f32,
}

impl<'a, T, const N: usize, const M: usize> Scatter<'a, T, N, M> {
    /// The transform of tiles of a block of channels, which begins at `x` in the first image and
    /// `image` floats later in the next.
    ///
    /// # Safety
    /// Until it has run, the vectors of every point and tile behind `to` are valid for writes, and
    /// nobody else reads or writes them.
    pub(super) unsafe fn new(tiling: &'a Tiling<M>, span: Span, x: &'a [f32], image: usize, to: *mut f32) -> Self {
        Scatter { points: PhantomData, tiling, span, x, image, to }
    }
}

impl<T: Points<N, M>, const N: usize, const M: usize> Task for Scatter<'_, T, N, M> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let g = &self.tiling.geometry;
        let [height, width] = g.input;
        let mut edge = [0.0; EDGE];
        for tile in 0..self.span.tiles {
            let (image, [y, x]) = self.tiling.place(self.span.first + tile);
            let plane = &self.x[image * self.image..][..height * width * LANES];
            let (y, x) = (y.wrapping_sub(g.pads[0]), x.wrapping_sub(g.pads[1]));
            let inside = y < height && y + N <= height && x < width && x + N <= width;
            let (from, row) = if inside {
                (plane[(y * width + x) * LANES..].as_ptr(), width * LANES)
            } else {
                for (i, cell) in edge.chunks_exact_mut(LANES).enumerate().take(N * N) {
                    let (y, x) = (y.wrapping_add(i / N), x.wrapping_add(i % N));
                    match y < height && x < width {
                        true => cell.copy_from_slice(&plane[(y * width + x) * LANES..][..LANES]),
                        false => cell.fill(0.0),
                    }
                }
                (edge.as_ptr(), N * LANES)
            };
            // SAFETY: N rows of N cells are inside the plane or the copy; the caller of `new` vouches
            // for `to`.
            unsafe {
                let mut half = [[S::zero(); N]; N];
                for j in 0..N {
                    let mut column = [S::zero(); N];
                    for (i, v) in column.iter_mut().enumerate() {
                        *v = S::load(from.add(i * row + j * LANES));
                    }
                    let column = apply::<S, N, N>(&T::INPUT, &column);
                    for (row, v) in half.iter_mut().zip(column) {
                        row[j] = v;
                    }
                }
                for (i, row) in half.iter().enumerate() {
                    for (j, v) in apply::<S, N, N>(&T::INPUT, row).into_iter().enumerate() {
                        S::store(self.to.add((i * N + j) * self.span.point + tile * LANES), v);
                    }
                }
            }
        }
    }
}

/// What becomes of a block's sums before they are stored.
#[derive(Clone, Copy)]
pub(super) struct Finish<'a> {
    /// A vector.
    pub(super) bias: &'a [f32],
    pub(super) activation: Activation,
}

/// Transforms the products of one block of filters back, and stores them.
pub(super) struct Gather<'a, T, const N: usize, const M: usize> {
    points: PhantomData<T>,
    tiling: &'a Tiling<M>,
    span: Span,
    from: &'a [f32],
    finish: Finish<'a>,
    residual: *const f32,
    out: *mut f32,
    /// Floats from one image of the output to the next.
    image: usize,
}

impl<'a, T, const N: usize, const M: usize> Gather<'a, T, N, M> {
    /// The transform of the products at `from` into the planes of the output, of which the first
    /// image's is at `out` and the next one's `image` floats later.
    ///
    /// # Safety
    /// Until it has run,
    /// - `out` is valid for writes of a plane of the output in each of the tiles' images, and nobody
    ///   else reads or writes the cells of these tiles;
    /// - `residual` is null, or `out` itself, whose elements are then initialised, or valid for
    ///   reads of the same planes that nobody writes.
    pub(super) unsafe fn new(
        tiling: &'a Tiling<M>,
        span: Span,
        from: &'a [f32],
        finish: Finish<'a>,
        residual: *const f32,
        out: *mut f32,
        image: usize,
    ) -> Self {
        assert!(span.first + span.tiles <= tiling.all() && finish.bias.len() == LANES);
        Gather { points: PhantomData, tiling, span, from, finish, residual, out, image }
    }
}

impl<T: Points<N, M>, const N: usize, const M: usize> Task for Gather<'_, T, N, M> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let (Span { first, tiles, point }, Finish { bias, activation }) = (self.span, self.finish);
        let [height, width] = self.tiling.geometry.output;
        let mut cells = [0.0; EDGE];
        for tile in 0..tiles {
            let (image, [ty, tx]) = self.tiling.place(first + tile);
            let plane = image * self.image;
            let from = self.from[tile * LANES..][..(N * N - 1) * point + LANES].as_ptr();
            // SAFETY: products are read inside the slice; only cells inside the output are written,
            // and their residual read before, as the caller of `new` has promised that it may be.
            unsafe {
                let bias = S::load(bias.as_ptr());
                let mut half = [[S::zero(); N]; M];
                for j in 0..N {
                    let mut column = [S::zero(); N];
                    for (i, v) in column.iter_mut().enumerate() {
                        *v = S::load(from.add((i * N + j) * point));
                    }
                    for (row, v) in half.iter_mut().zip(apply::<S, N, M>(&T::OUTPUT, &column)) {
                        row[j] = v;
                    }
                }
                for (i, row) in half.iter().enumerate() {
                    for (j, y) in apply::<S, N, M>(&T::OUTPUT, row).into_iter().enumerate() {
                        S::store(cells.as_mut_ptr().add((i * M + j) * LANES), S::add(y, bias));
                    }
                }
                for i in 0..M.min(height - ty) {
                    for j in 0..M.min(width - tx) {
                        let at = plane + ((ty + i) * width + tx + j) * LANES;
                        let y = S::load(cells.as_ptr().add((i * M + j) * LANES));
                        let y = if self.residual.is_null() { y } else { S::add(y, S::load(self.residual.add(at))) };
                        S::store(self.out.add(at), activation.apply::<S>(y));
                    }
                }
            }
        }
    }
}
