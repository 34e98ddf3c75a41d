//! Choosing and converting elements: `Where`, `Clip`, `Cast`.

use heatlens_graph::DType;
use heatlens_graph::ops::{Cast, Unary};

use super::walk::Walk;
use super::{Kernel, Lowered, Refusal, elementwise};
use crate::compile::{Context, Io};
use crate::parallel::{self, GRAIN};

/// The kernel of `Where`.
pub(super) fn select(ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let walk = Walk::broadcast(ctx.output(0), [ctx.shape(0), ctx.shape(1), ctx.shape(2)]);
    Ok(WhereKernel { walk }.into())
}

struct WhereKernel {
    walk: Walk<3>,
}

impl Kernel for WhereKernel {
    fn run(&self, io: &mut Io<'_>) {
        let [condition, a, b] = [0, 1, 2].map(|i| io.input(i));
        let [sc, sa, sb] = self.walk.inner_strides.map(|s| s as usize);
        parallel::chunks(io.output(0), GRAIN, |i, out| {
            self.walk.runs(i * GRAIN, out.len(), |position, offsets, n| {
                let [oc, oa, ob] = offsets.map(|o| o as usize);
                let out = &mut out[position..][..n];
                if (sc, sa, sb) == (1, 1, 0) {
                    let b = b[ob];
                    for ((y, &c), &a) in out.iter_mut().zip(&condition[oc..]).zip(&a[oa..]) {
                        *y = if c != 0.0 { a } else { b };
                    }
                } else {
                    for (i, y) in out.iter_mut().enumerate() {
                        *y = if condition[oc + i * sc] != 0.0 { a[oa + i * sa] } else { b[ob + i * sb] };
                    }
                }
            });
        });
    }
}

/// The kernel of `Clip`.
pub(super) fn clip(ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (low, high) = (ctx.scalar(1, f32::NEG_INFINITY)?, ctx.scalar(2, f32::INFINITY)?);
    Ok(elementwise::unary(Between { low, high }, ctx))
}

#[derive(Clone, Copy)]
struct Between {
    low: f32,
    high: f32,
}

impl Unary for Between {
    // Not `clamp`: it refuses bounds that cross, and here the upper one wins. A NaN stays.
    fn apply(&self, x: f32) -> f32 {
        let x = if x < self.low { self.low } else { x };
        if x > self.high { self.high } else { x }
    }
}

/// The kernel of `Cast`.
pub(super) fn cast(op: &Cast, ctx: &Context<'_>) -> Lowered {
    match op.to {
        DType::F32 => Lowered::View,
        DType::I64 => elementwise::unary(ToInteger, ctx),
        DType::Bool => elementwise::unary(ToTruth, ctx),
    }
}

#[derive(Clone, Copy)]
struct ToInteger;

impl Unary for ToInteger {
    fn apply(&self, x: f32) -> f32 {
        x.trunc()
    }
}

#[derive(Clone, Copy)]
struct ToTruth;

impl Unary for ToTruth {
    fn apply(&self, x: f32) -> f32 {
        f32::from(x != 0.0)
    }
}
