//! Normalisation by given or measured statistics.

use heatlens_graph::ops::{BatchNormalization, GroupNormalization, InstanceNormalization, LayerNormalization, Lrn};

use super::axes::axis;
use super::reduce::{Kind, fold};
use super::walk::Walk;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::parallel;
use crate::simd::Isa;

/// The kernel of `BatchNormalization`: a factor and an addend per channel.
pub(super) fn batch(op: &BatchNormalization, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (factors, addends) = affine(op, ctx)?;
    Ok(AffineKernel { factors, addends, plane: ctx.shape(0)[2..].iter().product() }.into())
}

/// What `BatchNormalization` multiplies each channel by, and what it adds.
pub(super) fn affine(op: &BatchNormalization, ctx: &Context<'_>) -> Result<(Vec<f32>, Vec<f32>), Refusal> {
    let parameter = |i: usize| ctx.constant(i).ok_or_else(|| format!("its input {i} must not depend on the image"));
    let (scale, bias, mean, variance) = (parameter(1)?, parameter(2)?, parameter(3)?, parameter(4)?);
    let factors: Vec<f32> = scale.iter().zip(variance.iter()).map(|(s, v)| s / (v + op.epsilon).sqrt()).collect();
    let addends = bias.iter().zip(mean.iter()).zip(&factors).map(|((b, m), f)| b - m * f).collect();
    Ok((factors, addends))
}

struct AffineKernel {
    factors: Vec<f32>,
    addends: Vec<f32>,
    /// Elements of one channel of one image.
    plane: usize,
}

impl Kernel for AffineKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.in_place().is_none().then(|| io.input(0));
        parallel::chunks(io.output(0), self.plane, |i, out| {
            let (factor, addend) = (self.factors[i % self.factors.len()], self.addends[i % self.factors.len()]);
            match x {
                Some(x) => out.iter_mut().zip(&x[i * self.plane..]).for_each(|(y, &x)| *y = x * factor + addend),
                None => out.iter_mut().for_each(|y| *y = *y * factor + addend),
            }
        });
    }

    fn in_place(&self) -> &[usize] {
        &[0]
    }
}

/// The kernel of `InstanceNormalization`.
pub(super) fn instance(op: &InstanceNormalization, ctx: &Context<'_>) -> Lowered {
    groups(ctx.shape(0)[1], op.epsilon, ctx)
}

/// The kernel of `GroupNormalization`.
pub(super) fn group(op: &GroupNormalization, ctx: &Context<'_>) -> Lowered {
    groups(op.groups, op.epsilon, ctx)
}

fn groups(groups: usize, epsilon: f32, ctx: &Context<'_>) -> Lowered {
    let shape = ctx.shape(0);
    let channels = shape[1] / groups.max(1);
    let plane: usize = shape[2..].iter().product();
    // Scale and bias of an image, repeated for each.
    let parameters = Walk::broadcast(&[shape[1], plane], [&[shape[1], 1], &[shape[1], 1]]);
    MeasuredKernel {
        isa: ctx.isa,
        len: channels * plane,
        epsilon,
        parameters,
        period: shape[1] * plane,
        has_bias: true,
    }
    .into()
}

/// The kernel of `LayerNormalization`.
pub(super) fn layer(op: &LayerNormalization, ctx: &Context<'_>) -> Lowered {
    let shape = ctx.shape(0);
    let normalised = &shape[axis(op.axis, shape.len())..];
    let len = normalised.iter().product();
    let has_bias = ctx.has(2);
    let parameters = Walk::broadcast(normalised, [ctx.shape(1), if has_bias { ctx.shape(2) } else { ctx.shape(1) }]);
    MeasuredKernel { isa: ctx.isa, len, epsilon: op.epsilon, parameters, period: len, has_bias }.into()
}

/// Subtracts the mean of `len` contiguous elements, divides by their deviation, and applies scale
/// and bias.
struct MeasuredKernel {
    isa: Isa,
    len: usize,
    epsilon: f32,
    /// How scale and bias lie over `period` elements.
    parameters: Walk<2>,
    /// Elements after which scale and bias begin anew.
    period: usize,
    has_bias: bool,
}

impl Kernel for MeasuredKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, scale, bias) = (io.input(0), io.input(1), self.has_bias.then(|| io.input(2)));
        let [scale_stride, bias_stride] = self.parameters.inner_strides;
        parallel::chunks(io.output(0), self.len, |i, out| {
            let x = &x[i * self.len..][..self.len];
            let mean = fold(self.isa, Kind::Sum, x) / self.len as f32;
            out.iter_mut().zip(x).for_each(|(y, &x)| *y = x - mean);
            let variance = fold(self.isa, Kind::L2, out) / self.len as f32;
            let factor = 1.0 / (variance + self.epsilon).sqrt();
            self.parameters.runs(i * self.len % self.period.max(1), self.len, |position, [s, b], n| {
                for (j, y) in out[position..][..n].iter_mut().enumerate() {
                    let j = j as isize;
                    let scaled = *y * factor * scale[(s + j * scale_stride) as usize];
                    *y = bias.map_or(scaled, |bias| scaled + bias[(b + j * bias_stride) as usize]);
                }
            });
        });
    }
}

/// The kernel of `Lrn`.
pub(super) fn lrn(op: &Lrn, ctx: &Context<'_>) -> Lowered {
    let shape = ctx.shape(0);
    LrnKernel { op: *op, channels: shape[1], plane: shape[2..].iter().product() }.into()
}

struct LrnKernel {
    op: Lrn,
    channels: usize,
    plane: usize,
}

impl Kernel for LrnKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        let ([below, above], Lrn { size, alpha, beta, bias }) = (self.op.reach(), self.op);
        parallel::chunks(io.output(0), self.plane, |i, out| {
            let (image, channel) = (i / self.channels, i % self.channels);
            let x = &x[image * self.channels * self.plane..][..self.channels * self.plane];
            out.fill(0.0);
            for c in channel.saturating_sub(below)..self.channels.min(channel + above + 1) {
                out.iter_mut().zip(&x[c * self.plane..]).for_each(|(sum, &x)| *sum += x * x);
            }
            let factor = alpha / size as f32;
            out.iter_mut().zip(&x[channel * self.plane..]).for_each(|(y, &x)| *y = x / (bias + factor * *y).powf(beta));
        });
    }
}
