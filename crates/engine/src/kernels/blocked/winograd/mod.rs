//! Winograd's convolution F(m×m, 3×3) for 3×3 filters of stride 1, m = 4 or 2: 36 (16) products
//! instead of 144 (36) for each tile of outputs.
//!
//! Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A on tiles d of (m + 2)² inputs (Lavin and Gray, "Fast Algorithms
//! for Convolutional Neural Networks", 2016). F(4) takes the points 0, ±1/√2, ±√2, ∞, whose
//! matrices are better conditioned than those of 0, ±1, ±2, ∞. Few filters are transformed once,
//! many of them while running.
//!
//! Error of one layer with Gaussian inputs and weights, the largest difference from a sum in f64
//! over the largest result, as the tests measure and bound it: F(4) 1.4e-6 with 64 channels on
//! 56×56, 8.9e-7 with 256 on 14×14, 1.2e-6 with 512 on 28×28, F(2) 3.2e-7 with 512 on 7×7; without
//! fused products up to 1.7e-6. It does not grow with the channels, as they are summed in slices.

mod filters;
mod points;
mod tiles;

use std::marker::PhantomData;

use self::filters::{Transform, pack_taps, transform_all};
use self::points::Points;
pub(super) use self::points::{F2, F4};
use self::tiles::{Gather, Scatter};
use super::conv::Store;
use super::tile::{Segment, Strip};
use crate::arena::Arena;
use crate::compile::Io;
use crate::kernels::Kernel;
use crate::kernels::conv::Geometry;
use crate::parallel::{self, Shared, with_scratch};
use crate::simd::{Isa, LANES, prefetch};

/// Floats of the tiles that are worked through together, at all points: they fit a second-level
/// cache beside the filters of one point.
const CHUNK_FLOATS: usize = 128 * 1024;

/// Blocks of channels whose products are one chain of additions: the sums of many short chains are
/// nearer to the truth than one long chain.
const SLICE: usize = 4;

/// Filters (channels × filters) above which they are transformed while running, slice by slice:
/// their points would take four times their memory, and longer to read than to compute.
const FEW_FILTERS: usize = 128 * 128;

/// At least as many floats, an odd number of cache lines: what is written at all points in turn
/// would else meet in one set of the first-level cache.
fn apart(floats: usize) -> usize {
    ((floats / LANES) | 1) * LANES
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
        // Fourteen pixels are one tile of registers. Where filters are large, few chunks: each
        // reads all filters.
        let fitting = (CHUNK_FLOATS / (N * N * widest)).max(14) / 14 * 14;
        let chunk = if g.channels * g.filters > FEW_FILTERS { all.min(112) } else { all.min(fitting) };
        let chunk = all.div_ceil(all.div_ceil(chunk));
        let blocks = g.channels.div_ceil(LANES);
        let segments = (0..blocks)
            .map(|b| Segment { offset: b * chunk * LANES, len: LANES.min(g.channels - b * LANES) })
            .collect();
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

    /// Works through the tiles from `first` on of one image; `inner` says whether that may be on
    /// several threads.
    fn chunk(&self, first: usize, inner: bool, x: &[f32], residual: *const f32, out: Shared) {
        let g = &self.geometry;
        let tiles = self.chunk.min(self.tiles[0] * self.tiles[1] - first);
        let (blocks, out_blocks) = (g.channels.div_ceil(LANES), g.filters.div_ceil(LANES));
        let [point, out_point] = [blocks, out_blocks].map(|blocks| apart(blocks * self.chunk * LANES));
        let for_each = |n: usize, work: &(dyn Fn(usize) + Send + Sync)| {
            if inner { parallel::for_each(n, work) } else { (0..n).for_each(work) }
        };
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
            let residual =
                if residual == 0 { std::ptr::null() } else { (residual as *const f32).wrapping_add(which * out_image) };
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
    /// Adds what a slice of channels gives to the blocks `block` and `block + 1` at one point; the
    /// first slice begins the sums.
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
                // While one slice is multiplied the next comes nearer: read in one go it would be
                // waited for.
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
