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

/// Where the summed elements of a pixel lie. What a strip reads is known once for all strips.
pub(super) struct Segments {
    list: Box<[Segment]>,
    /// Floats from a pixel to behind its last element.
    reach: usize,
    /// All elements.
    depth: usize,
}

impl Segments {
    pub(super) fn new(list: Vec<Segment>) -> Self {
        let reach = list.iter().map(|segment| segment.offset + segment.len).max().unwrap_or(0);
        let depth = list.iter().map(|segment| segment.len).sum();
        Segments { list: list.into_boxed_slice(), reach, depth }
    }
}

/// Extents of a strip.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) segments: &'a Segments,
    /// Floats from one block of the weights to the next.
    pub(super) weights_block: usize,
    /// Floats from one pixel's elements to the next one's.
    pub(super) stride: usize,
    /// At least one.
    pub(super) pixels: usize,
    /// Blocks of 16 filters: 1 or 2.
    pub(super) blocks: usize,
    /// Floats from one block of the output, and of the residual, to the next.
    pub(super) out_block: usize,
    pub(super) activation: Activation,
}

/// `out[block][pixel] = activation(bias[block] + Σ x[pixel · stride + …] · weights[block][…]
/// + residual[block][pixel])`, each 16 lanes wide.
pub(super) struct Strip<'a> {
    shape: Shape<'a>,
    x: *const f32,
    weights: *const f32,
    bias: *const f32,
    residual: *const f32,
    out: *mut f32,
}

impl<'a> Strip<'a> {
    /// A strip that reads its pixels at `x` (the first pixel's elements first), a vector for each
    /// block and summed element at `weights`, and a vector for each block at `bias`.
    ///
    /// # Safety
    /// Until the strip has run,
    /// - `out + block · out_block` is valid for writes of `pixels · 16` floats for each block, and
    ///   nobody else reads or writes them;
    /// - `residual` is null, or `out` itself, whose elements are then initialised, or valid for
    ///   reads of the same extents that nobody writes.
    ///
    /// # Panics
    /// If `x`, `weights` or `bias` is shorter than what the strip reads.
    pub(super) unsafe fn new(
        shape: Shape<'a>,
        x: &'a [f32],
        weights: &'a [f32],
        bias: Option<&'a [f32]>,
        residual: *const f32,
        out: *mut f32,
    ) -> Self {
        let Segments { reach, depth, .. } = *shape.segments;
        assert!(x.len() >= (shape.pixels - 1) * shape.stride + reach, "the input of a strip");
        assert!(weights.len() >= (shape.blocks - 1) * shape.weights_block + depth * LANES, "the weights of a strip");
        assert!(bias.is_none_or(|bias| bias.len() >= shape.blocks * LANES), "the bias of a strip");
        let bias = bias.map_or(std::ptr::null(), <[f32]>::as_ptr);
        Strip { shape, x: x.as_ptr(), weights: weights.as_ptr(), bias, residual, out }
    }
}

impl Task for Strip<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: `Strip::new` has checked what is read, and its caller vouches for the rest.
        unsafe {
            match self.shape.stride {
                16 => self.strided::<S, 16>(),
                32 => self.strided::<S, 32>(),
                6 => self.strided::<S, 6>(),
                3 => self.strided::<S, 3>(),
                _ => self.strided::<S, 0>(),
            }
            for block in 0..self.shape.blocks {
                self.shape
                    .activation
                    .finish::<S>(self.out.add(block * self.shape.out_block), self.shape.pixels * LANES);
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
            let pixels = self.shape.pixels;
            match (S::WIDE, self.shape.blocks) {
                (true, 2) => {
                    let mut at = self.tiles::<S, 14, 2, STRIDE>(0, pixels, 0);
                    at = self.tiles::<S, 7, 2, STRIDE>(at, pixels, 0);
                    at = self.tiles::<S, 4, 2, STRIDE>(at, pixels, 0);
                    at = self.tiles::<S, 2, 2, STRIDE>(at, pixels, 0);
                    self.tiles::<S, 1, 2, STRIDE>(at, pixels, 0);
                }
                (true, _) => {
                    let mut at = self.tiles::<S, 14, 1, STRIDE>(0, pixels, 0);
                    at = self.tiles::<S, 7, 1, STRIDE>(at, pixels, 0);
                    at = self.tiles::<S, 4, 1, STRIDE>(at, pixels, 0);
                    self.tiles::<S, 1, 1, STRIDE>(at, pixels, 0);
                }
                (false, blocks) => {
                    // One or two pixels take as long as four, waiting for each addition: 6 + 1 are
                    // better done as 4 + 3, and 6 + 2 as 4 + 4.
                    let sixes = (pixels / 6).saturating_sub(usize::from(matches!(pixels % 6, 1 | 2)));
                    for block in 0..blocks {
                        let mut at = self.tiles::<S, 6, 1, STRIDE>(0, sixes * 6, block);
                        at = self.tiles::<S, 4, 1, STRIDE>(at, pixels, block);
                        at = self.tiles::<S, 3, 1, STRIDE>(at, pixels, block);
                        at = self.tiles::<S, 2, 1, STRIDE>(at, pixels, block);
                        self.tiles::<S, 1, 1, STRIDE>(at, pixels, block);
                    }
                }
            }
        }
    }

    /// Tiles of `P` pixels from pixel `at` on for as long as there are so many before `end`. Returns
    /// the first pixel left.
    #[inline(always)]
    unsafe fn tiles<S: Simd, const P: usize, const B: usize, const STRIDE: usize>(
        &self,
        mut at: usize,
        end: usize,
        block: usize,
    ) -> usize {
        while end - at >= P {
            // SAFETY: see `run`.
            unsafe { self.tile::<S, P, B, STRIDE>(at, block) };
            at += P;
        }
        at
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const P: usize, const B: usize, const STRIDE: usize>(&self, at: usize, block: usize) {
        let stride = if STRIDE == 0 { self.shape.stride } else { STRIDE };
        let next_block = self.shape.weights_block;
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
            for segment in &self.shape.segments.list {
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
            let out = |p: usize, v: usize| (block + v) * self.shape.out_block + (at + p) * LANES;
            if !self.residual.is_null() {
                for (p, sum) in sums.iter_mut().enumerate() {
                    for (v, sum) in sum.iter_mut().enumerate() {
                        *sum = S::add(*sum, S::load(self.residual.add(out(p, v))));
                    }
                }
            }
            let [min, max] = self.shape.activation.bounds();
            for (p, sum) in sums.iter().enumerate() {
                for (v, &sum) in sum.iter().enumerate() {
                    S::store(self.out.add(out(p, v)), clamp::<S>(sum, min, max));
                }
            }
        }
    }
}
