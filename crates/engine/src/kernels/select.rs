//! Choosing and converting elements: `Where`, `Clip`, `Cast`.

use heatlens_graph::DType;
use heatlens_graph::ops::{Cast, Unary};

use super::elementwise;
use super::elementwise::Operand;
use super::walk::Walk;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::parallel::{self, GRAIN};
use crate::simd::{Isa, Simd, Task};

/// The kernel of `Where`.
pub(super) fn select(ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let walk = Walk::broadcast(ctx.output(0), [ctx.shape(0), ctx.shape(1), ctx.shape(2)]);
    Ok(WhereKernel { walk, isa: ctx.isa }.into())
}

struct WhereKernel {
    walk: Walk<3>,
    isa: Isa,
}

impl Kernel for WhereKernel {
    fn run(&self, io: &mut Io<'_>) {
        let operands = [0, 1, 2].map(|i| io.input(i));
        parallel::chunks(io.output(0), GRAIN, |i, out| {
            self.walk.runs(i * GRAIN, out.len(), |position, offsets, n| {
                let [condition, a, b] = std::array::from_fn(|i| {
                    let from = &operands[i][offsets[i] as usize..];
                    if self.walk.inner_strides[i] == 0 { Operand::One(from[0]) } else { Operand::Each(&from[..n]) }
                });
                self.isa.run(Choose { condition, a, b, out: &mut out[position..][..n] });
            });
        });
    }
}

/// A choice between two operands for a run of elements; none of the three may be [`Operand::Held`].
pub(super) struct Choose<'a> {
    pub(super) condition: Operand<'a>,
    pub(super) a: Operand<'a>,
    pub(super) b: Operand<'a>,
    pub(super) out: &'a mut [f32],
}

impl Task for Choose<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        use Operand::{Each, Held, One};
        let Choose { condition, a, b, out } = self;
        let pick = |c: f32, a: f32, b: f32| if c != 0.0 { a } else { b };
        match (condition, a, b) {
            (Each(c), Each(a), Each(b)) => {
                out.iter_mut().zip(c).zip(a).zip(b).for_each(|(((y, &c), &a), &b)| *y = pick(c, a, b));
            }
            (Each(c), Each(a), One(b)) => out.iter_mut().zip(c).zip(a).for_each(|((y, &c), &a)| *y = pick(c, a, b)),
            (Each(c), One(a), Each(b)) => out.iter_mut().zip(c).zip(b).for_each(|((y, &c), &b)| *y = pick(c, a, b)),
            (Each(c), One(a), One(b)) => out.iter_mut().zip(c).for_each(|(y, &c)| *y = pick(c, a, b)),
            (One(c), Each(a), Each(b)) => out.copy_from_slice(if c != 0.0 { a } else { b }),
            (One(c), Each(a), One(b)) => out.iter_mut().zip(a).for_each(|(y, &a)| *y = pick(c, a, b)),
            (One(c), One(a), Each(b)) => out.iter_mut().zip(b).for_each(|(y, &b)| *y = pick(c, a, b)),
            (One(c), One(a), One(b)) => out.fill(pick(c, a, b)),
            (Held, ..) | (_, Held, _) | (.., Held) => unreachable!("choices are not made in place"),
        }
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
