//! Depthwise convolution on blocked buffers: sixteen channels side by side, each with a filter of
//! its own.

use std::ops::Range;

use super::activation::{Activation, clamp};
use super::layout::pad_channels;
use crate::arena::Arena;
use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::geometry::Geometry;
use crate::parallel;
use crate::simd::{Isa, LANES, Simd, Task};

/// Depthwise convolution with known weights.
pub(super) struct DepthwiseKernel {
    geometry: Geometry,
    isa: Isa,
    activation: Activation,
    /// Vectors of 16 channels: block, then tap.
    weights: Arena,
    bias: Arena,
}

impl DepthwiseKernel {
    /// Packs the weights (channel, row, column).
    pub(super) fn new(
        geometry: Geometry,
        isa: Isa,
        weight: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
    ) -> Self {
        let taps = geometry.kernel[0] * geometry.kernel[1];
        let mut weights = Arena::new(geometry.group.div_ceil(LANES) * taps * LANES);
        for (channel, filter) in weight.chunks_exact(taps).enumerate() {
            let block = &mut weights.as_mut_slice()[channel / LANES * taps * LANES..];
            filter.iter().enumerate().for_each(|(tap, &w)| block[tap * LANES + channel % LANES] = w);
        }
        let bias = pad_channels(bias, geometry.group);
        DepthwiseKernel { geometry, isa, activation, weights, bias }
    }

    /// Convolves `x` into `out`.
    pub(super) fn compute(&self, x: &[f32], out: &mut [f32]) {
        let g = &self.geometry;
        let (plane, blocks) = (g.input[0] * g.input[1] * LANES, g.group.div_ceil(LANES));
        let taps = g.kernel[0] * g.kernel[1] * LANES;
        parallel::chunks(out, g.output[0] * g.output[1] * LANES, |i, out| {
            let block = i % blocks;
            self.isa.run(Plane {
                geometry: g,
                activation: self.activation,
                x: &x[i * plane..][..plane],
                weights: &self.weights.as_slice()[block * taps..][..taps],
                bias: &self.bias.as_slice()[block * LANES..][..LANES],
                out,
            });
        });
    }
}

impl Kernel for DepthwiseKernel {
    fn run(&self, io: &mut Io<'_>) {
        self.compute(io.input(0), io.output(0));
    }
}

/// One block of one image.
struct Plane<'a> {
    geometry: &'a Geometry,
    activation: Activation,
    x: &'a [f32],
    weights: &'a [f32],
    bias: &'a [f32],
    out: &'a mut [f32],
}

impl Task for Plane<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Plane { geometry: g, activation, x, weights, bias, out } = self;
        let (inside, width) = (whole_windows(g), g.output[1]);
        for (oy, row) in out.chunks_exact_mut(width * LANES).enumerate() {
            let window = Window { geometry: g, activation, x, weights, bias, rows: taps(g, 0, oy), oy };
            let mut ox = 0;
            while ox < width {
                let to = &mut row[ox * LANES..];
                let whole = if inside.contains(&ox) { inside.end - ox } else { 0 };
                // SAFETY: the machine has the instruction set of `S`.
                ox += unsafe {
                    match whole {
                        0 => window.cells::<S, 1>(ox, taps(g, 1, ox), to),
                        1..4 => window.cells::<S, 1>(ox, 0..g.kernel[1], to),
                        4..7 => window.cells::<S, 4>(ox, 0..g.kernel[1], to),
                        _ => window.cells::<S, 7>(ox, 0..g.kernel[1], to),
                    }
                };
            }
            // SAFETY: the row is whole vectors.
            unsafe { activation.finish::<S>(row.as_mut_ptr(), row.len()) };
        }
    }
}

/// The windows of an output row.
struct Window<'a> {
    geometry: &'a Geometry,
    activation: Activation,
    x: &'a [f32],
    weights: &'a [f32],
    bias: &'a [f32],
    /// Rows of the filter that lie over the image.
    rows: Range<usize>,
    oy: usize,
}

impl Window<'_> {
    /// Computes `P` cells from `ox` on, whose windows all have these columns of the filter over the
    /// image. Returns `P`.
    ///
    /// # Safety
    /// The machine must have the instruction set of `S`.
    #[inline(always)]
    unsafe fn cells<S: Simd, const P: usize>(&self, ox: usize, columns: Range<usize>, to: &mut [f32]) -> usize {
        let g = self.geometry;
        let step = g.strides[1] * LANES;
        assert!(to.len() >= P * LANES && self.bias.len() == LANES);
        // SAFETY: the slices are as long as what is read from them and written.
        unsafe {
            let mut sums = [S::load(self.bias.as_ptr()); P];
            for ky in self.rows.clone() {
                let y = self.oy * g.strides[0] + ky * g.dilations[0] - g.pads[0];
                for kx in columns.clone() {
                    let w = S::load(self.weights[(ky * g.kernel[1] + kx) * LANES..][..LANES].as_ptr());
                    let first = (y * g.input[1] + ox * g.strides[1] + kx * g.dilations[1] - g.pads[1]) * LANES;
                    let x = self.x[first..][..(P - 1) * step + LANES].as_ptr();
                    for (p, sum) in sums.iter_mut().enumerate() {
                        *sum = S::fma(S::load(x.add(p * step)), w, *sum);
                    }
                }
            }
            let [min, max] = self.activation.bounds();
            for (p, &sum) in sums.iter().enumerate() {
                S::store(to.as_mut_ptr().add(p * LANES), clamp::<S>(sum, min, max));
            }
        }
        P
    }
}

/// The taps of window `i` along an axis that lie over the image.
fn taps(g: &Geometry, axis: usize, i: usize) -> Range<usize> {
    let (first, dilation) = (i * g.strides[axis], g.dilations[axis]);
    let start = g.pads[axis].saturating_sub(first).div_ceil(dilation).min(g.kernel[axis]);
    let end = (g.input[axis] + g.pads[axis]).saturating_sub(first).div_ceil(dilation).min(g.kernel[axis]);
    start..end.max(start)
}

/// The output columns whose windows lie wholly over the image.
fn whole_windows(g: &Geometry) -> Range<usize> {
    let start = g.pads[1].div_ceil(g.strides[1]);
    let reach = (g.kernel[1] - 1) * g.dilations[1] + 1;
    let end = (g.input[1] + g.pads[1] + g.strides[1]).saturating_sub(reach) / g.strides[1];
    let end = if g.input[1] + g.pads[1] < reach { 0 } else { end };
    start..end.min(g.output[1]).max(start)
}
