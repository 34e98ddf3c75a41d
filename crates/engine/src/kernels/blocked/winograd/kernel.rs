//! The kernel: tiles to the points, products there, and back.

use std::marker::PhantomData;

use super::super::activation::Activation;
use super::super::layout::pad_channels;
use super::super::store::{Addend, Store};
use super::super::tile::{Segment, Segments, Shape, Strip};
use super::filters::{Transform, pack_taps, transform_all};
use super::points::Points;
use super::tiles::{Finish, Gather, Scatter, Span, Tiling};
use crate::arena::Arena;
use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::geometry::Geometry;
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
pub(in super::super) struct WinogradKernel<T, const N: usize, const M: usize> {
    tiling: Tiling<M>,
    isa: Isa,
    store: Store,
    points: PhantomData<T>,
    /// Where the summed channels of a tile lie in a chunk of tiles, at one point: slice by slice.
    slices: Vec<Segments>,
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
    pub(in super::super) fn new(
        geometry: Geometry,
        isa: Isa,
        weight: &[f32],
        bias: Option<&[f32]>,
        store: Store,
    ) -> Self {
        let tiling = Tiling::new(geometry);
        let (g, all) = (&tiling.geometry, tiling.all());
        let widest = (g.channels.max(g.filters)).next_multiple_of(LANES);
        // Fourteen pixels are one tile of registers. Where filters are large, few chunks, over
        // several images if need be: each reads and transforms all filters.
        let fitting = (CHUNK_FLOATS / (N * N * widest)).max(14) / 14 * 14;
        let chunk = if g.channels * g.filters > FEW_FILTERS { all.min(112) } else { all.min(fitting) };
        let chunk = all.div_ceil(all.div_ceil(chunk));
        let blocks = g.channels.div_ceil(LANES);
        let segments: Vec<Segment> = (0..blocks)
            .map(|b| Segment { offset: b * chunk * LANES, len: LANES.min(g.channels - b * LANES) })
            .collect();
        let slices = segments.chunks(SLICE).map(|slice| Segments::new(slice.to_vec())).collect();
        let taps = pack_taps(g, weight);
        let filters = match g.channels * g.filters > FEW_FILTERS {
            true => Filters::Taps(taps),
            false => Filters::Transformed(transform_all::<T, N, M>(g, isa, &taps)),
        };
        let bias = pad_channels(bias, g.filters);
        WinogradKernel { tiling, isa, store, points: PhantomData, slices, chunk, filters, bias }
    }

    /// Works through the tiles from `first` on; `inner` says whether that may be on several threads.
    ///
    /// # Safety
    /// `out` shares a slice that holds the whole output, and nobody else touches the cells of these
    /// tiles meanwhile. The addend is as long as that slice.
    unsafe fn chunk(&self, first: usize, inner: bool, x: &[f32], addend: Addend<'_>, out: Shared) {
        let g = &self.tiling.geometry;
        let tiles = self.chunk.min(self.tiling.all() - first);
        let (blocks, out_blocks) = (g.channels.div_ceil(LANES), g.filters.div_ceil(LANES));
        let [plane, out_plane] = [g.input, g.output].map(|[height, width]| height * width * LANES);
        let [point, out_point] = [blocks, out_blocks].map(|blocks| apart(blocks * self.chunk * LANES));
        let for_each = |n: usize, work: &(dyn Fn(usize) + Send + Sync)| {
            if inner { parallel::for_each(n, work) } else { (0..n).for_each(work) }
        };
        with_scratch(N * N * (point + out_point), |scratch| {
            let (points, products) = scratch.split_at_mut(N * N * point);
            let shared = Shared::new(points);
            for_each(blocks, &|block| {
                let span = Span { first, tiles, point };
                // SAFETY: each block has vectors of its own at every point.
                let scatter = unsafe {
                    let to = shared.at(block * self.chunk * LANES);
                    Scatter::<T, N, M>::new(&self.tiling, span, &x[block * plane..], blocks * plane, to)
                };
                self.isa.run(scatter);
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
                let at = block * out_plane;
                let from = &products[block * self.chunk * LANES..];
                let bias = &self.bias.as_slice()[block * LANES..][..LANES];
                let finish = Finish { bias, activation: self.store.activation };
                let span = Span { first, tiles, point: out_point };
                // SAFETY: the planes lie inside the output; blocks have planes of their own, chunks
                // tiles of their own, and what is added has the extents of the output.
                let gather = unsafe {
                    let (residual, out) = (addend.address(out, at), out.at(at));
                    Gather::<T, N, M>::new(&self.tiling, span, from, finish, residual, out, out_blocks * out_plane)
                };
                self.isa.run(gather);
            });
        });
    }
}

impl<T: Points<N, M>, const N: usize, const M: usize> Kernel for WinogradKernel<T, N, M> {
    fn run(&self, io: &mut Io<'_>) {
        let g = &self.tiling.geometry;
        let x = io.input(0);
        let addend = Addend::of(self.store, io);
        let out = io.output(0);
        assert_eq!(x.len(), g.images * g.channels.next_multiple_of(LANES) * g.input[0] * g.input[1]);
        assert_eq!(out.len(), g.images * g.filters.next_multiple_of(LANES) * g.output[0] * g.output[1]);
        addend.assert_len(out.len());
        let chunks = self.tiling.all().div_ceil(self.chunk);
        let shared = Shared::new(out);
        // Many chunks: one on each thread. Few: all threads on each.
        let inner = chunks < 8;
        // SAFETY: the output holds what was asserted, chunks have tiles of their own, and the addend
        // is as long as the output.
        let work = |chunk: usize| unsafe { self.chunk(chunk * self.chunk, inner, x, addend, shared) };
        if inner { (0..chunks).for_each(work) } else { parallel::for_each(chunks, work) }
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
        let (k, g) = (self.kernel, &self.kernel.tiling.geometry);
        let (blocks, out_blocks) = (g.channels.div_ceil(LANES), g.filters.div_ceil(LANES));
        let plane = k.chunk * LANES;
        let shape = Shape {
            segments: &k.slices[slice],
            weights_block: filters_block,
            stride: LANES,
            pixels: self.tiles,
            blocks: (out_blocks - block).min(2),
            out_block: plane,
            activation: Activation::Identity,
        };
        let points = &self.points[at * self.point..][..blocks * plane];
        // SAFETY: inside the products; each point and pair of blocks has its own, and all but the
        // first slice add to what the one before has written.
        let strip = unsafe {
            let out = self.products.at(at * self.out_point + block * plane);
            let residual = if slice == 0 { std::ptr::null() } else { out.cast_const() };
            Strip::new(shape, points, filters, None, residual, out)
        };
        k.isa.run(strip);
    }

    /// All products of two blocks, whose filters are transformed on the way.
    fn transforming(&self, block: usize, taps: &[f32]) {
        let (k, g) = (self.kernel, &self.kernel.tiling.geometry);
        let taken = (g.filters.div_ceil(LANES) - block).min(2);
        // One slice of both blocks at one point.
        let point = apart(2 * SLICE * LANES * LANES);
        with_scratch(N * N * point, |filters| {
            for first in (0..g.channels).step_by(SLICE * LANES) {
                let channels = (SLICE * LANES).min(g.channels - first);
                for b in 0..taken {
                    let taps = &taps[((block + b) * g.channels + first) * 9 * LANES..][..channels * 9 * LANES];
                    let to = &mut filters[b * channels * LANES..];
                    // SAFETY: the block's vectors lie inside each point's; they are this task's own.
                    let transform = unsafe { Transform::<T, N, M>::new(taps, point, to.as_mut_ptr()) };
                    k.isa.run(transform);
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
