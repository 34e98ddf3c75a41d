//! Tiles of an image to the points, and products at the points to tiles of the output.

use super::WinogradKernel;
use super::points::{Points, apply};
use crate::simd::{LANES, Simd, Task};

/// Floats of the largest tile.
const EDGE: usize = 36 * LANES;

/// Transforms the tiles of one block of channels: vector (point, tile) at
/// `to + point · i + tile · 16`.
pub(super) struct Scatter<'a, T, const N: usize, const M: usize> {
    pub(super) kernel: &'a WinogradKernel<T, N, M>,
    pub(super) plane: &'a [f32],
    pub(super) first: usize,
    pub(super) tiles: usize,
    pub(super) point: usize,
    pub(super) to: *mut f32,
}

impl<T: Points<N, M>, const N: usize, const M: usize> Task for Scatter<'_, T, N, M> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let g = &self.kernel.geometry;
        let [height, width] = g.input;
        let mut edge = [0.0; EDGE];
        for tile in 0..self.tiles {
            let [y, x] = self.kernel.corner(self.first + tile);
            let (y, x) = (y.wrapping_sub(g.pads[0]), x.wrapping_sub(g.pads[1]));
            let inside = y < height && y + N <= height && x < width && x + N <= width;
            let (from, row) = if inside {
                (self.plane[(y * width + x) * LANES..].as_ptr(), width * LANES)
            } else {
                for (i, cell) in edge.chunks_exact_mut(LANES).enumerate().take(N * N) {
                    let (y, x) = (y.wrapping_add(i / N), x.wrapping_add(i % N));
                    match y < height && x < width {
                        true => cell.copy_from_slice(&self.plane[(y * width + x) * LANES..][..LANES]),
                        false => cell.fill(0.0),
                    }
                }
                (edge.as_ptr(), N * LANES)
            };
            // SAFETY: N rows of N cells are inside the plane or the copy; `to` has room for every
            // point and tile.
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
                        S::store(self.to.add((i * N + j) * self.point + tile * LANES), v);
                    }
                }
            }
        }
    }
}

/// Transforms the products of one block of filters back, and stores them.
pub(super) struct Gather<'a, T, const N: usize, const M: usize> {
    pub(super) kernel: &'a WinogradKernel<T, N, M>,
    pub(super) block: usize,
    pub(super) from: &'a [f32],
    pub(super) first: usize,
    pub(super) tiles: usize,
    pub(super) point: usize,
    /// The plane of the residual.
    pub(super) residual: Option<*const f32>,
    /// The plane of the output.
    pub(super) out: *mut f32,
}

impl<T: Points<N, M>, const N: usize, const M: usize> Task for Gather<'_, T, N, M> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let k = self.kernel;
        let [height, width] = k.geometry.output;
        let mut cells = [0.0; EDGE];
        for tile in 0..self.tiles {
            let [ty, tx] = k.corner(self.first + tile);
            let from = self.from[tile * LANES..][..(N * N - 1) * self.point + LANES].as_ptr();
            // SAFETY: products are read inside the slice; only cells inside the output are written,
            // and their residual read before.
            unsafe {
                let bias = S::load(k.bias.as_slice()[self.block * LANES..][..LANES].as_ptr());
                let mut half = [[S::zero(); N]; M];
                for j in 0..N {
                    let mut column = [S::zero(); N];
                    for (i, v) in column.iter_mut().enumerate() {
                        *v = S::load(from.add((i * N + j) * self.point));
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
                        let at = ((ty + i) * width + tx + j) * LANES;
                        let y = S::load(cells.as_ptr().add((i * M + j) * LANES));
                        let y = self.residual.map_or(y, |residual| S::add(y, S::load(residual.add(at))));
                        S::store(self.out.add(at), k.store.activation.apply::<S>(y));
                    }
                }
            }
        }
    }
}
