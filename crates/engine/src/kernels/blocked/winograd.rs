//! Winograd's convolution F(m×m, 3×3) for 3×3 filters of stride 1, m = 4 or 2: 36 (16) products instead of 144 (36) for each tile of outputs.
//!
//! Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A on tiles d of (m + 2)² inputs (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016). F(4) takes the
//! points 0, ±1/√2, ±√2, ∞, whose matrices are better conditioned than those of 0, ±1, ±2, ∞. Few filters are transformed once, many of them while running.
//!
//! Error of one layer with Gaussian inputs and weights, the largest difference from a sum in f64 over the largest result, as the tests measure and bound it:
//! F(4) 1.4e-6 with 64 channels on 56×56, 2.1e-6 with 256 on 14×14, 5.2e-6 with 512 on 28×28. The logits of ResNet, VGG and DenseNet stay within 2e-6.

use std::marker::PhantomData;

use super::conv::Store;
use super::tile::{Segment, Strip};
use crate::arena::Arena;
use crate::compile::Io;
use crate::kernels::Kernel;
use crate::kernels::conv::Geometry;
use crate::parallel::{self, Shared, with_scratch};
use crate::simd::{Isa, LANES, Simd, Task, prefetch};

/// The three matrices of F(M, 3), for N = M + 2 points. Known to the compiler, which leaves out the zeros.
pub(super) trait Points<const N: usize, const M: usize>: Send + Sync + 'static {
    /// Bᵀ: inputs to points.
    const INPUT: [[f32; N]; N];
    /// G: filter taps to points.
    const FILTER: [[f32; 3]; N];
    /// Aᵀ: points to outputs.
    const OUTPUT: [[f32; N]; M];

    /// G times a column of taps, with what rows have in common computed once.
    ///
    /// # Safety
    /// The machine must have the instruction set of `S`.
    unsafe fn filter<S: Simd>(taps: [S::V; 3]) -> [S::V; N];
}

/// `a · g₀ + c · g₂ ± b · g₁`: the two rows of G for the points ±x.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
unsafe fn pair<S: Simd>([a, b, c]: [f32; 3], g: [S::V; 3]) -> [S::V; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let even = S::fma(S::splat(c), g[2], S::mul(S::splat(a), g[0]));
        [S::fma(S::splat(b), g[1], even), S::fma(S::splat(-b), g[1], even)]
    }
}

const S: f32 = std::f32::consts::SQRT_2;
const H: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// F(4, 3) at 0, ±1/√2, ±√2, ∞.
pub(super) struct F4;

impl Points<6, 4> for F4 {
    const INPUT: [[f32; 6]; 6] = [
        [1.0, 0.0, -2.5, 0.0, 1.0, 0.0],
        [0.0, -S, -2.0, H, 1.0, 0.0],
        [0.0, S, -2.0, -H, 1.0, 0.0],
        [0.0, -H, -0.5, S, 1.0, 0.0],
        [0.0, H, -0.5, -S, 1.0, 0.0],
        [0.0, 1.0, 0.0, -2.5, 0.0, 1.0],
    ];
    const FILTER: [[f32; 3]; 6] = [
        [1.0, 0.0, 0.0],
        [-2.0 / 3.0, -S / 3.0, -1.0 / 3.0],
        [-2.0 / 3.0, S / 3.0, -1.0 / 3.0],
        [1.0 / 6.0, S / 6.0, 1.0 / 3.0],
        [1.0 / 6.0, -S / 6.0, 1.0 / 3.0],
        [0.0, 0.0, 1.0],
    ];
    const OUTPUT: [[f32; 6]; 4] = [
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        [0.0, H, -H, S, -S, 0.0],
        [0.0, 0.5, 0.5, 2.0, 2.0, 0.0],
        [0.0, H / 2.0, -H / 2.0, S * 2.0, -S * 2.0, 1.0],
    ];

    #[inline(always)]
    unsafe fn filter<S: Simd>(g: [S::V; 3]) -> [S::V; 6] {
        // SAFETY: the caller's promise.
        let ([a, b], [c, d]) = unsafe { (pair::<S>(Self::FILTER[1], g), pair::<S>(Self::FILTER[3], g)) };
        [g[0], a, b, c, d, g[2]]
    }
}

/// F(2, 3) at 0, ±1, ∞.
pub(super) struct F2;

impl Points<4, 2> for F2 {
    const INPUT: [[f32; 4]; 4] = [[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, -1.0, 1.0, 0.0], [0.0, -1.0, 0.0, 1.0]];
    const FILTER: [[f32; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];
    const OUTPUT: [[f32; 4]; 2] = [[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, -1.0, 1.0]];

    #[inline(always)]
    unsafe fn filter<S: Simd>(g: [S::V; 3]) -> [S::V; 4] {
        // SAFETY: the caller's promise.
        let [a, b] = unsafe { pair::<S>(Self::FILTER[1], g) };
        [g[0], a, b, g[2]]
    }
}

/// Floats of the tiles that are worked through together, at all points: they fit a second-level cache beside the filters of one point.
const CHUNK_FLOATS: usize = 128 * 1024;

/// Blocks of channels whose products are one chain of additions: the sums of many short chains are nearer to the truth than one long chain.
const SLICE: usize = 4;

/// Filters (channels × filters) above which they are transformed while running, slice by slice: their points would take four times their memory, and longer
/// to read than to compute.
const FEW_FILTERS: usize = 128 * 128;

/// Floats of the largest tile.
const EDGE: usize = 36 * LANES;

/// At least as many floats, an odd number of cache lines: what is written at all points in turn would else meet in one set of the first-level cache.
fn apart(floats: usize) -> usize {
    (floats / LANES | 1) * LANES
}

/// A 3×3 convolution of stride 1 with known weights; N points, M outputs a tile.
pub(super) struct WinogradKernel<T, const N: usize, const M: usize> {
    geometry: Geometry,
    isa: Isa,
    store: Store,
    points: PhantomData<T>,
    /// Where the summed channels of a tile lie in a chunk of tiles, at one point.
    segments: Vec<Segment>,
    /// Tiles along each axis.
    tiles: [usize; 2],
    /// Tiles of all images that are worked through together.
    chunk: usize,
    filters: Filters,
    bias: Arena,
}

/// Vectors of 16 filters.
enum Filters {
    /// At the points: point, block, channel.
    Transformed(Arena),
    /// As they are: block, channel, tap.
    Taps(Arena),
}

impl<T: Points<N, M>, const N: usize, const M: usize> WinogradKernel<T, N, M> {
    /// Transforms the weights (filter, channel, row, column).
    pub(super) fn new(geometry: Geometry, isa: Isa, weight: &[f32], bias: Option<&[f32]>, store: Store) -> Self {
        let g = &geometry;
        let tiles = g.output.map(|n| n.div_ceil(M));
        let all = tiles[0] * tiles[1];
        let widest = (g.channels.max(g.filters)).next_multiple_of(LANES);
        // Fourteen pixels are one tile of registers. Where filters are large, few chunks: each reads all filters.
        let fitting = (CHUNK_FLOATS / (N * N * widest)).max(14) / 14 * 14;
        let chunk = if g.channels * g.filters > FEW_FILTERS { all.min(112) } else { all.min(fitting) };
        let chunk = all.div_ceil(all.div_ceil(chunk));
        let blocks = g.channels.div_ceil(LANES);
        let segments = (0..blocks).map(|b| Segment { offset: b * chunk * LANES, len: LANES.min(g.channels - b * LANES) }).collect();
        let taps = pack_taps(g, weight);
        let filters = match g.channels * g.filters > FEW_FILTERS {
            true => Filters::Taps(taps),
            false => Filters::Transformed(transform_all::<T, N, M>(g, isa, &taps)),
        };
        let bias = super::pad_channels(bias, g.filters);
        WinogradKernel { geometry, isa, store, points: PhantomData, segments, tiles, chunk, filters, bias }
    }

    /// The output cell where a tile begins.
    fn corner(&self, tile: usize) -> [usize; 2] {
        [tile / self.tiles[1] * M, tile % self.tiles[1] * M]
    }

    /// Works through the tiles from `first` on of one image; `inner` says whether that may be on several threads.
    fn chunk(&self, first: usize, inner: bool, x: &[f32], residual: *const f32, out: Shared) {
        let g = &self.geometry;
        let tiles = self.chunk.min(self.tiles[0] * self.tiles[1] - first);
        let (blocks, out_blocks) = (g.channels.div_ceil(LANES), g.filters.div_ceil(LANES));
        let [point, out_point] = [blocks, out_blocks].map(|blocks| apart(blocks * self.chunk * LANES));
        let for_each =
            |n: usize, work: &(dyn Fn(usize) + Send + Sync)| if inner { parallel::for_each(n, work) } else { (0..n).for_each(work) };
        let residual = residual as usize;
        with_scratch(N * N * (point + out_point), |scratch| {
            let (points, products) = scratch.split_at_mut(N * N * point);
            let shared = Shared::new(points);
            for_each(blocks, &|block| {
                let plane = &x[block * g.input[0] * g.input[1] * LANES..][..g.input[0] * g.input[1] * LANES];
                // SAFETY: each block has vectors of its own at every point.
                let to = unsafe { shared.at(block * self.chunk * LANES) };
                self.isa.run(Scatter { kernel: self, plane, first, tiles, point, to });
            });
            let points = &*points;
            let shared = Shared::new(products);
            let pairs = out_blocks.div_ceil(2);
            let product = Product { kernel: self, points, point, tiles, products: shared, out_point };
            match &self.filters {
                Filters::Transformed(filters) => for_each(N * N * pairs, &|task| {
                    let (at, block) = (task / pairs, task % pairs * 2);
                    let filters = &filters.as_slice()[(at * out_blocks + block) * g.channels * LANES..];
                    for slice in 0..blocks.div_ceil(SLICE) {
                        product.add(at, block, slice, &filters[slice * SLICE * LANES * LANES..], g.channels * LANES);
                    }
                }),
                Filters::Taps(taps) => for_each(pairs, &|pair| product.transforming(pair * 2, taps.as_slice())),
            }
            let products = &*products;
            for_each(out_blocks, &|block| {
                let plane = block * g.output[0] * g.output[1] * LANES;
                let residual = (residual != 0).then(|| (residual as *const f32).wrapping_add(plane));
                // SAFETY: inside the image's output; chunks and blocks have cells of their own.
                let out = unsafe { out.at(plane) };
                let from = &products[block * self.chunk * LANES..];
                self.isa.run(Gather { kernel: self, block, from, first, tiles, point: out_point, residual, out });
            });
        });
    }
}

impl<T: Points<N, M>, const N: usize, const M: usize> Kernel for WinogradKernel<T, N, M> {
    fn run(&self, io: &mut Io<'_>) {
        let g = &self.geometry;
        let x = io.input(0);
        let separate = (self.store.residual && io.in_place().is_none()).then(|| io.input(1).as_ptr());
        let out = io.output(0);
        let residual = if self.store.residual { separate.unwrap_or(out.as_ptr()) } else { std::ptr::null() };
        let image = x.len() / g.images;
        let out_image = out.len() / g.images;
        assert_eq!(image, g.channels.next_multiple_of(LANES) * g.input[0] * g.input[1]);
        assert_eq!(out_image, g.filters.next_multiple_of(LANES) * g.output[0] * g.output[1]);
        let chunks = (self.tiles[0] * self.tiles[1]).div_ceil(self.chunk);
        let all = g.images * chunks;
        let (shared, residual) = (Shared::new(out), residual as usize);
        // Many chunks: one on each thread. Few: all threads on each.
        let inner = all < 8;
        let work = |task: usize| {
            let (which, chunk) = (task / chunks, task % chunks);
            let residual = if residual == 0 { std::ptr::null() } else { (residual as *const f32).wrapping_add(which * out_image) };
            // SAFETY: the first element of the image's output.
            let out = unsafe { shared.from(which * out_image) };
            self.chunk(chunk * self.chunk, inner, &x[which * image..][..image], residual, out);
        };
        if inner { (0..all).for_each(work) } else { parallel::for_each(all, work) }
    }

    fn in_place(&self) -> &[usize] {
        if self.store.residual { &[1] } else { &[] }
    }
}

/// The products of a chunk of tiles with the filters, point by point.
struct Product<'a, T, const N: usize, const M: usize> {
    kernel: &'a WinogradKernel<T, N, M>,
    points: &'a [f32],
    /// Floats from one point to the next.
    point: usize,
    tiles: usize,
    products: Shared,
    /// Floats from one point to the next.
    out_point: usize,
}

impl<T: Points<N, M>, const N: usize, const M: usize> Product<'_, T, N, M> {
    /// Adds what a slice of channels gives to the blocks `block` and `block + 1` at one point; the first slice begins the sums.
    fn add(&self, at: usize, block: usize, slice: usize, filters: &[f32], filters_block: usize) {
        let (k, g) = (self.kernel, &self.kernel.geometry);
        let (blocks, out_blocks) = (g.channels.div_ceil(LANES), g.filters.div_ceil(LANES));
        let plane = k.chunk * LANES;
        // SAFETY: inside the products; each point and pair of blocks has its own.
        let out = unsafe { self.products.at(at * self.out_point + block * plane) };
        k.isa.run(Strip {
            segments: &k.segments[slice * SLICE..blocks.min((slice + 1) * SLICE)],
            weights_block: filters_block,
            stride: LANES,
            pixels: self.tiles,
            blocks: (out_blocks - block).min(2),
            out_block: plane,
            activation: super::Activation::Identity,
            x: self.points[at * self.point..][..blocks * plane].as_ptr(),
            weights: filters.as_ptr(),
            bias: std::ptr::null(),
            residual: if slice == 0 { std::ptr::null() } else { out },
            out,
        });
    }

    /// All products of two blocks, whose filters are transformed on the way.
    fn transforming(&self, block: usize, taps: &[f32]) {
        let (k, g) = (self.kernel, &self.kernel.geometry);
        let taken = (g.filters.div_ceil(LANES) - block).min(2);
        // One slice of both blocks at one point.
        let point = apart(2 * SLICE * LANES * LANES);
        with_scratch(N * N * point, |filters| {
            for first in (0..g.channels).step_by(SLICE * LANES) {
                let channels = (SLICE * LANES).min(g.channels - first);
                for b in 0..taken {
                    let taps = &taps[((block + b) * g.channels + first) * 9 * LANES..][..channels * 9 * LANES];
                    let to = &mut filters[b * channels * LANES..];
                    k.isa.run(Transform::<T, N, M> { points: PhantomData, taps, to: Shared::new(to), point });
                }
                // While one slice is multiplied the next comes nearer: read in one go it would be waited for.
                let next = (first + channels).min(g.channels);
                let ahead = ((SLICE * LANES).min(g.channels - next) * 9).div_ceil(N * N);
                for (at, filters) in filters.chunks_exact(point).enumerate() {
                    for b in 0..taken {
                        let vectors = ((block + b) * g.channels + next) * 9 + at * ahead;
                        (vectors..vectors + ahead).for_each(|vector| prefetch(taps, vector * LANES));
                    }
                    self.add(at, block, first / (SLICE * LANES), filters, channels * LANES);
                }
            }
        });
    }
}

/// Transforms the tiles of one block of channels: vector (point, tile) at `to + point · i + tile · 16`.
struct Scatter<'a, T, const N: usize, const M: usize> {
    kernel: &'a WinogradKernel<T, N, M>,
    plane: &'a [f32],
    first: usize,
    tiles: usize,
    point: usize,
    to: *mut f32,
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
            // SAFETY: N rows of N cells are inside the plane or the copy; `to` has room for every point and tile.
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
struct Gather<'a, T, const N: usize, const M: usize> {
    kernel: &'a WinogradKernel<T, N, M>,
    block: usize,
    from: &'a [f32],
    first: usize,
    tiles: usize,
    point: usize,
    /// The plane of the residual.
    residual: Option<*const f32>,
    /// The plane of the output.
    out: *mut f32,
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
            // SAFETY: products are read inside the slice; only cells inside the output are written, and their residual read before.
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

/// A constant matrix times a column of vectors.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
unsafe fn apply<S: Simd, const N: usize, const ROWS: usize>(matrix: &[[f32; N]; ROWS], x: &[S::V; N]) -> [S::V; ROWS] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut y = [S::zero(); ROWS];
        for (y, row) in y.iter_mut().zip(matrix) {
            for (&m, &x) in row.iter().zip(x) {
                if m != 0.0 {
                    *y = S::fma(S::splat(m), x, *y);
                }
            }
        }
        y
    }
}

/// Vectors of 16 filters by block, channel and tap.
fn pack_taps(g: &Geometry, weight: &[f32]) -> Arena {
    let mut packed = Arena::new(g.filters.div_ceil(LANES) * g.channels * 9 * LANES);
    parallel::chunks(packed.as_mut_slice(), g.channels * 9 * LANES, |block, packed| {
        for (lane, filter) in weight.chunks_exact(g.channels * 9).skip(block * LANES).take(LANES).enumerate() {
            packed.iter_mut().skip(lane).step_by(LANES).zip(filter).for_each(|(to, &w)| *to = w);
        }
    });
    packed
}

/// All filters at the points: vectors by point, block and channel.
fn transform_all<T: Points<N, M>, const N: usize, const M: usize>(g: &Geometry, isa: Isa, taps: &Arena) -> Arena {
    let blocks = g.filters.div_ceil(LANES);
    let (block, point) = (g.channels * LANES, blocks * g.channels * LANES);
    let mut points = Arena::new(N * N * point);
    let shared = Shared::new(points.as_mut_slice());
    parallel::for_each(blocks, |b| {
        // SAFETY: each block has vectors of its own at every point.
        let to = unsafe { shared.from(b * block) };
        isa.run(Transform::<T, N, M> { points: PhantomData, taps: &taps.as_slice()[b * block * 9..][..block * 9], to, point });
    });
    points
}

/// `G g Gᵀ` of the filters of some channels: vector (point, channel) at `to + point · i + channel · 16`, writable and touched by nobody else.
struct Transform<'a, T, const N: usize, const M: usize> {
    points: PhantomData<T>,
    taps: &'a [f32],
    to: Shared,
    point: usize,
}

impl<T: Points<N, M>, const N: usize, const M: usize> Task for Transform<'_, T, N, M> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for (channel, taps) in self.taps.chunks_exact(9 * LANES).enumerate() {
            // SAFETY: nine vectors are read from a slice of as many; the maker of the task vouches for `to`. Loops, since a closure would not be compiled with
            // the instructions of `S`.
            unsafe {
                let mut half = [[S::zero(); 3]; N];
                for x in 0..3 {
                    let mut column = [S::zero(); 3];
                    for (y, v) in column.iter_mut().enumerate() {
                        *v = S::load(taps.as_ptr().add((y * 3 + x) * LANES));
                    }
                    for (row, v) in half.iter_mut().zip(T::filter::<S>(column)) {
                        row[x] = v;
                    }
                }
                for (i, row) in half.iter().enumerate() {
                    for (j, v) in T::filter::<S>(*row).into_iter().enumerate() {
                        S::store(self.to.at((i * N + j) * self.point + channel * LANES), v);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Portable;

    /// `Aᵀ [(G g) ⊙ (Bᵀ d)]` must be the correlation of d with g, for every pair of unit vectors.
    fn check<T: Points<N, M>, const N: usize, const M: usize>() {
        for (tap, cell) in (0..3).flat_map(|tap| (0..N).map(move |cell| (tap, cell))) {
            for (output, row) in T::OUTPUT.iter().enumerate() {
                let y: f64 = (0..N).map(|p| f64::from(row[p]) * f64::from(T::FILTER[p][tap]) * f64::from(T::INPUT[p][cell])).sum();
                let want = f64::from(u8::from(output + tap == cell));
                assert!((y - want).abs() < 1e-6, "output {output}, tap {tap}, cell {cell}: {y}");
            }
        }
    }

    /// `filter` must be G.
    fn check_filter<T: Points<N, M>, const N: usize, const M: usize>() {
        for tap in 0..3 {
            let mut taps = [[0.0; LANES]; 3];
            taps[tap] = [1.0; LANES];
            // SAFETY: plain Rust runs everywhere.
            let points = unsafe { T::filter::<Portable>(taps) };
            (0..N).for_each(|p| assert_eq!(points[p][0], T::FILTER[p][tap], "tap {tap}, point {p}"));
        }
    }

    #[test]
    fn transforms_are_correlations() {
        check_filter::<F4, 6, 4>();
        check_filter::<F2, 4, 2>();
        check::<F4, 6, 4>();
        check::<F2, 4, 2>();
    }
}
