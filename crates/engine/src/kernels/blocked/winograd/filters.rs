//! Filters as vectors of 16, and their way to the points.

use std::marker::PhantomData;

use super::points::Points;
use crate::arena::Arena;
use crate::kernels::geometry::Geometry;
use crate::parallel::{self, Shared};
use crate::simd::{Isa, LANES, Simd, Task};

/// Vectors of 16 filters by block, channel and tap.
pub(super) fn pack_taps(g: &Geometry, weight: &[f32]) -> Arena {
    let mut packed = Arena::new(g.filters.div_ceil(LANES) * g.channels * 9 * LANES);
    parallel::chunks(packed.as_mut_slice(), g.channels * 9 * LANES, |block, packed| {
        for (lane, filter) in weight.chunks_exact(g.channels * 9).skip(block * LANES).take(LANES).enumerate() {
            packed.iter_mut().skip(lane).step_by(LANES).zip(filter).for_each(|(to, &w)| *to = w);
        }
    });
    packed
}

/// All filters at the points: vectors by point, block and channel.
pub(super) fn transform_all<T: Points<N, M>, const N: usize, const M: usize>(
    g: &Geometry,
    isa: Isa,
    taps: &Arena,
) -> Arena {
    let blocks = g.filters.div_ceil(LANES);
    let (block, point) = (g.channels * LANES, blocks * g.channels * LANES);
    let mut points = Arena::new(N * N * point);
    let shared = Shared::new(points.as_mut_slice());
    parallel::for_each(blocks, |b| {
        // SAFETY: each block has vectors of its own at every point.
        let transform = unsafe {
            Transform::<T, N, M>::new(&taps.as_slice()[b * block * 9..][..block * 9], point, shared.at(b * block))
        };
        isa.run(transform);
    });
    points
}

/// `G g Gᵀ` of the filters of some channels: vector (point i, channel) at
/// `to + point · i + channel · 16`.
pub(super) struct Transform<'a, T, const N: usize, const M: usize> {
    points: PhantomData<T>,
    taps: &'a [f32],
    /// Floats from one point to the next.
    point: usize,
    to: *mut f32,
}

impl<'a, T, const N: usize, const M: usize> Transform<'a, T, N, M> {
    /// The transform of `taps`, nine vectors a channel.
    ///
    /// # Safety
    /// Until it has run, the vectors of every point and channel are valid for writes, and nobody
    /// else reads or writes them.
    pub(super) unsafe fn new(taps: &'a [f32], point: usize, to: *mut f32) -> Self {
        Transform { points: PhantomData, taps, point, to }
    }
}

impl<T: Points<N, M>, const N: usize, const M: usize> Task for Transform<'_, T, N, M> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for (channel, taps) in self.taps.chunks_exact(9 * LANES).enumerate() {
            // SAFETY: nine vectors are read from a slice of as many; the caller of `new` vouches for
            // `to`. Loops, since a closure would not be compiled with the instructions of `S`.
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
                        S::store(self.to.add((i * N + j) * self.point + channel * LANES), v);
                    }
                }
            }
        }
    }
}
