//! The inner loop of all products on blocked buffers: a strip of pixels times one or two blocks of
//! filters.
//!
//! The sums of a tile stay in registers over the whole summed dimension, and each is one chain of
//! additions in the order of the segments: the result for a pixel depends neither on its neighbours
//! in the tile nor on how work is split.

use super::activation::{Activation, clamp};
use crate::simd::{LANES, Simd, Task};

/// A run of the summed dimension: `len` floats, `offset` behind the pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) offset: usize,
    pub(super) len: usize,
}

/// `out[block][pixel] = activation(bias[block] + Σ x[pixel · stride + …] · weights[block][…] + residual[block][pixel])`,
/// each 16 lanes wide.
pub(super) struct Strip<'a> {
    /// Where the summed elements of a pixel lie.
    pub(super) segments: &'a [Segment],
    /// Floats from one block of `weights` to the next.
    pub(super) weights_block: usize,
    /// Floats from one pixel's elements to the next one's.
    pub(super) stride: usize,
    pub(super) pixels: usize,
    /// Blocks of 16 filters: 1 or 2.
    pub(super) blocks: usize,
    /// Floats from one block of `out`, and of `residual`, to the next.
    pub(super) out_block: usize,
    pub(super) activation: Activation,
    pub(super) x: *const f32,
    /// For each block a vector for each summed element.
    pub(super) weights: *const f32,
    /// A vector for each block; null if there is none.
    pub(super) bias: *const f32,
    /// Null if there is none; may be `out`.
    pub(super) residual: *const f32,
    pub(super) out: *mut f32,
}

/// The task is sound where `x` is readable for every pixel and segment, `weights`, `bias` and
/// `residual` for every block and pixel, and `out` is writable and touched by nobody else.
impl Task for Strip<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the maker of the strip vouches for its pointers.
        unsafe {
            match self.stride {
                16 => self.strided::<S, 16>(),
                32 => self.strided::<S, 32>(),
                6 => self.strided::<S, 6>(),
                3 => self.strided::<S, 3>(),
                _ => self.strided::<S, 0>(),
            }
            for block in 0..self.blocks {
                self.activation.finish::<S>(self.out.add(block * self.out_block), self.pixels * LANES);
            }
        }
    }
}

impl Strip<'_> {
    /// With the stride known to the compiler, which then needs one register for all addresses; 0 if
    /// it is not.
    #[inline(always)]
    unsafe fn strided<S: Simd, const STRIDE: usize>(&self) {
        // SAFETY: see `run`.
        unsafe {
            match (S::WIDE, self.blocks) {
                (true, 2) => {
                    let mut at = self.tiles::<S, 14, 2, STRIDE>(0, 0);
                    at = self.tiles::<S, 7, 2, STRIDE>(at, 0);
                    at = self.tiles::<S, 4, 2, STRIDE>(at, 0);
                    at = self.tiles::<S, 2, 2, STRIDE>(at, 0);
                    self.tiles::<S, 1, 2, STRIDE>(at, 0);
                }
                (true, _) => {
                    let mut at = self.tiles::<S, 14, 1, STRIDE>(0, 0);
                    at = self.tiles::<S, 7, 1, STRIDE>(at, 0);
                    at = self.tiles::<S, 4, 1, STRIDE>(at, 0);
                    self.tiles::<S, 1, 1, STRIDE>(at, 0);
                }
                (false, blocks) => {
                    for block in 0..blocks {
                        let mut at = self.tiles::<S, 6, 1, STRIDE>(0, block);
                        at = self.tiles::<S, 4, 1, STRIDE>(at, block);
                        at = self.tiles::<S, 2, 1, STRIDE>(at, block);
                        self.tiles::<S, 1, 1, STRIDE>(at, block);
                    }
                }
            }
        }
    }

    /// Tiles of `P` pixels from pixel `at` on for as long as there are so many. Returns the first
    /// pixel left.
    #[inline(always)]
    unsafe fn tiles<S: Simd, const P: usize, const B: usize, const STRIDE: usize>(
        &self,
        mut at: usize,
        block: usize,
    ) -> usize {
        while self.pixels - at >= P {
            // SAFETY: see `run`.
            unsafe { self.tile::<S, P, B, STRIDE>(at, block) };
            at += P;
        }
        at
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const P: usize, const B: usize, const STRIDE: usize>(&self, at: usize, block: usize) {
        let stride = if STRIDE == 0 { self.stride } else { STRIDE };
        let next_block = self.weights_block;
        // SAFETY: see `run`.
        unsafe {
            let mut sums = [[S::zero(); B]; P];
            if !self.bias.is_null() {
                for v in 0..B {
                    let bias = S::load(self.bias.add((block + v) * LANES));
                    for sum in &mut sums {
                        sum[v] = bias;
                    }
                }
            }
            let mut weights = self.weights.add(block * next_block);
            for segment in self.segments {
                let x = self.x.add(at * stride + segment.offset);
                for i in 0..segment.len {
                    let mut w = [S::zero(); B];
                    for (v, w) in w.iter_mut().enumerate() {
                        *w = S::load(weights.add(v * next_block));
                    }
                    for (p, sum) in sums.iter_mut().enumerate() {
                        let x = S::splat(*x.add(p * stride + i));
                        for (sum, w) in sum.iter_mut().zip(w) {
                            *sum = S::fma(x, w, *sum);
                        }
                    }
                    weights = weights.add(LANES);
                }
            }
            let out = |p: usize, v: usize| (block + v) * self.out_block + (at + p) * LANES;
            if !self.residual.is_null() {
                for (p, sum) in sums.iter_mut().enumerate() {
                    for (v, sum) in sum.iter_mut().enumerate() {
                        *sum = S::add(*sum, S::load(self.residual.add(out(p, v))));
                    }
                }
            }
            let [min, max] = self.activation.bounds();
            for (p, sum) in sums.iter().enumerate() {
                for (v, &sum) in sum.iter().enumerate() {
                    S::store(self.out.add(out(p, v)), clamp::<S>(sum, min, max));
                }
            }
        }
    }
}
