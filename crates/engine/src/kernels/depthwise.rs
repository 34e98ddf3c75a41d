//! Depthwise convolution: every channel with a filter of its own.

use super::geometry::Geometry;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered};
use crate::parallel;
use crate::simd::{Isa, Simd, Task};

/// The kernel of a convolution whose groups have one channel and one filter.
pub(super) fn kernel(geometry: Geometry, ctx: &Context<'_>) -> Lowered {
    DepthwiseKernel { geometry, isa: ctx.isa, has_bias: ctx.has(2) }.into()
}

struct DepthwiseKernel {
    geometry: Geometry,
    isa: Isa,
    has_bias: bool,
}

impl Kernel for DepthwiseKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, weight, bias) = (io.input(0), io.input(1), self.has_bias.then(|| io.input(2)));
        let g = &self.geometry;
        let (cells, taps) = (g.input[0] * g.input[1], g.kernel[0] * g.kernel[1]);
        parallel::chunks(io.output(0), g.output[0] * g.output[1], |plane, out| {
            let channel = plane % g.group;
            let bias = bias.map_or(0.0, |bias| bias[channel]);
            self.isa.run(Plane {
                geometry: g,
                x: &x[plane * cells..][..cells],
                weight: &weight[channel * taps..][..taps],
                bias,
                out,
            });
        });
    }
}

struct Plane<'a> {
    geometry: &'a Geometry,
    x: &'a [f32],
    weight: &'a [f32],
    bias: f32,
    out: &'a mut [f32],
}

impl Task for Plane<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Plane { geometry: g, x, weight, bias, out } = self;
        out.fill(bias);
        for (oy, out) in out.chunks_exact_mut(g.output[1]).enumerate() {
            for ky in 0..g.kernel[0] {
                let y = (oy * g.strides[0] + ky * g.dilations[0]).wrapping_sub(g.pads[0]);
                if y >= g.input[0] {
                    continue;
                }
                let row = &x[y * g.input[1]..][..g.input[1]];
                for kx in 0..g.kernel[1] {
                    let tap = weight[ky * g.kernel[1] + kx];
                    let (first, last) = covered(g, kx);
                    if first >= last {
                        continue;
                    }
                    let from = &row[first * g.strides[1] + kx * g.dilations[1] - g.pads[1]..];
                    let to = &mut out[first..last];
                    match g.strides[1] {
                        1 => to.iter_mut().zip(from).for_each(|(y, &x)| *y += tap * x),
                        stride => to.iter_mut().zip(from.iter().step_by(stride)).for_each(|(y, &x)| *y += tap * x),
                    }
                }
            }
        }
    }
}

/// The cells of an output row for which tap `kx` lies inside the input.
fn covered(g: &Geometry, kx: usize) -> (usize, usize) {
    let (shift, stride) = (kx * g.dilations[1], g.strides[1]);
    let first = g.pads[1].saturating_sub(shift).div_ceil(stride);
    let last = (g.input[1] + g.pads[1]).saturating_sub(shift).div_ceil(stride);
    (first, last.min(g.output[1]))
}
