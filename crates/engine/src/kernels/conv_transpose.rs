//! Transposed convolution: each input cell spreads into a window of the output.

use heatlens_graph::ops::ConvTranspose;

use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered};
use crate::parallel;
use crate::simd::{Isa, Simd, Task};

/// The kernel of `ConvTranspose`.
pub(super) fn conv_transpose(op: &ConvTranspose, ctx: &Context<'_>) -> Lowered {
    let (x, weight, y) = (ctx.shape(0), ctx.shape(1), ctx.output(0));
    let [top, left, _, _] = op.pads(x, weight);
    ConvTransposeKernel {
        isa: ctx.isa,
        channels: x[1] / op.group,
        filters: weight[1],
        group: op.group,
        input: [x[2], x[3]],
        output: [y[2], y[3]],
        kernel: [weight[2], weight[3]],
        strides: op.strides,
        dilations: op.dilations,
        pads: [top, left],
        has_bias: ctx.has(2),
    }
    .into()
}

struct ConvTransposeKernel {
    isa: Isa,
    /// Input channels of a group.
    channels: usize,
    /// Output channels of a group.
    filters: usize,
    group: usize,
    input: [usize; 2],
    output: [usize; 2],
    kernel: [usize; 2],
    strides: [usize; 2],
    dilations: [usize; 2],
    /// Top and left.
    pads: [usize; 2],
    has_bias: bool,
}

impl Kernel for ConvTransposeKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, weight, bias) = (io.input(0), io.input(1), self.has_bias.then(|| io.input(2)));
        let (cells, taps) = (self.input[0] * self.input[1], self.kernel[0] * self.kernel[1]);
        let outputs = self.group * self.filters;
        parallel::chunks(io.output(0), self.output[0] * self.output[1], |plane, out| {
            let (image, filter) = (plane / outputs, plane % outputs);
            let (group, filter_of_group) = (filter / self.filters, filter % self.filters);
            out.fill(bias.map_or(0.0, |bias| bias[filter]));
            for channel in group * self.channels..(group + 1) * self.channels {
                let x = &x[(image * self.group * self.channels + channel) * cells..][..cells];
                let weight = &weight[(channel * self.filters + filter_of_group) * taps..][..taps];
                self.isa.run(Spread { kernel: self, x, weight, out: &mut *out });
            }
        });
    }
}

/// Adds what one input channel gives to one output channel.
struct Spread<'a> {
    kernel: &'a ConvTransposeKernel,
    x: &'a [f32],
    weight: &'a [f32],
    out: &'a mut [f32],
}

impl Task for Spread<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Spread { kernel: k, x, weight, out } = self;
        for (iy, row) in x.chunks_exact(k.input[1]).enumerate() {
            for ky in 0..k.kernel[0] {
                let y = (iy * k.strides[0] + ky * k.dilations[0]).wrapping_sub(k.pads[0]);
                if y >= k.output[0] {
                    continue;
                }
                let out = &mut out[y * k.output[1]..][..k.output[1]];
                for kx in 0..k.kernel[1] {
                    let tap = weight[ky * k.kernel[1] + kx];
                    let (shift, stride) = (kx * k.dilations[1], k.strides[1]);
                    // The input cells whose tap lands inside the output.
                    let first = k.pads[1].saturating_sub(shift).div_ceil(stride);
                    let last = (k.output[1] + k.pads[1]).saturating_sub(shift).div_ceil(stride).min(k.input[1]);
                    if first >= last {
                        continue;
                    }
                    let to = &mut out[first * stride + shift - k.pads[1]..];
                    match stride {
                        1 => to.iter_mut().zip(&row[first..last]).for_each(|(y, &x)| *y += tap * x),
                        _ => to.iter_mut().step_by(stride).zip(&row[first..last]).for_each(|(y, &x)| *y += tap * x),
                    }
                }
            }
        }
    }
}
