//! Operators applied to each element, by the scalar formula that the graph gives.

use heatlens_graph::DType;
use heatlens_graph::ops::{Binary, Div, Unary};

use super::walk::Walk;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::parallel::{self, GRAIN};
use crate::simd::{Isa, Simd, Task};

/// The kernel of a unary operator.
pub(super) fn unary<F: Unary + Copy + Send + Sync + 'static>(op: F, ctx: &Context<'_>) -> Lowered {
    UnaryKernel { op, isa: ctx.isa }.into()
}

/// The kernel of a binary operator.
pub(super) fn binary<F: Binary + Copy + Send + Sync + 'static>(op: F, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (shape, a, b) = (ctx.output(0), ctx.shape(0), ctx.shape(1));
    let in_place = [0, 1].into_iter().filter(|&i| ctx.shape(i) == shape).collect();
    Ok(BinaryKernel { op, isa: ctx.isa, walk: Walk::broadcast(shape, [a, b]), in_place }.into())
}

/// The kernel of `Div`. Integers are floats while running, but their quotients are cut off.
pub(super) fn div(op: Div, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    match ctx.dtype() {
        DType::I64 => binary(Quotient, ctx),
        _ => binary(op, ctx),
    }
}

#[derive(Clone, Copy)]
struct Quotient;

impl Binary for Quotient {
    fn apply(&self, a: f32, b: f32) -> f32 {
        (a / b).trunc()
    }
}

struct UnaryKernel<F> {
    op: F,
    isa: Isa,
}

impl<F: Unary + Copy + Send + Sync> Kernel for UnaryKernel<F> {
    fn run(&self, io: &mut Io<'_>) {
        let (op, isa) = (self.op, self.isa);
        let x = io.in_place().is_none().then(|| io.input(0));
        parallel::chunks(io.output(0), GRAIN, |i, out| {
            let x = x.map_or(Operand::Held, |x| Operand::Each(&x[i * GRAIN..][..out.len()]));
            isa.run(Map { op, x, out });
        });
    }

    fn in_place(&self) -> &[usize] {
        &[0]
    }
}

/// A unary operator applied to a run of elements.
pub(super) struct Map<'a, F> {
    pub(super) op: F,
    pub(super) x: Operand<'a>,
    pub(super) out: &'a mut [f32],
}

impl<F: Unary> Task for Map<'_, F> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        match self.x {
            Operand::Each(x) => self.out.iter_mut().zip(x).for_each(|(y, &x)| *y = self.op.apply(x)),
            Operand::One(x) => self.out.fill(self.op.apply(x)),
            Operand::Held => self.out.iter_mut().for_each(|y| *y = self.op.apply(*y)),
        }
    }
}

struct BinaryKernel<F> {
    op: F,
    isa: Isa,
    walk: Walk<2>,
    in_place: Vec<usize>,
}

impl<F: Binary + Copy + Send + Sync> Kernel for BinaryKernel<F> {
    fn run(&self, io: &mut Io<'_>) {
        let taken = io.in_place();
        let [a, b] = [0, 1].map(|i| if taken == Some(i) { None } else { Some(io.input(i)) });
        parallel::chunks(io.output(0), GRAIN, |i, out| {
            self.walk.runs(i * GRAIN, out.len(), |position, offsets, n| {
                let out = &mut out[position..][..n];
                let [a, b] = [(a, 0), (b, 1)]
                    .map(|(x, i)| Operand::new(x, offsets[i] as usize, n, self.walk.inner_strides[i] != 0));
                self.isa.run(Combine { op: self.op, a, b, out });
            });
        });
    }

    fn in_place(&self) -> &[usize] {
        &self.in_place
    }
}

/// An operand of one run.
#[derive(Clone, Copy)]
pub(crate) enum Operand<'a> {
    /// An element for each of the output.
    Each(&'a [f32]),
    /// One element for all.
    One(f32),
    /// What the output holds.
    Held,
}

impl<'a> Operand<'a> {
    fn new(x: Option<&'a [f32]>, offset: usize, n: usize, each: bool) -> Self {
        match x {
            None => Operand::Held,
            Some(x) if each => Operand::Each(&x[offset..][..n]),
            Some(x) => Operand::One(x[offset]),
        }
    }
}

/// A binary operator applied to a run of elements.
pub(super) struct Combine<'a, F> {
    pub(super) op: F,
    pub(super) a: Operand<'a>,
    pub(super) b: Operand<'a>,
    pub(super) out: &'a mut [f32],
}

impl<F: Binary> Task for Combine<'_, F> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        use Operand::{Each, Held, One};
        let Combine { op, a, b, out } = self;
        match (a, b) {
            (Each(a), Each(b)) => out.iter_mut().zip(a).zip(b).for_each(|((y, &a), &b)| *y = op.apply(a, b)),
            (Each(a), One(b)) => out.iter_mut().zip(a).for_each(|(y, &a)| *y = op.apply(a, b)),
            (One(a), Each(b)) => out.iter_mut().zip(b).for_each(|(y, &b)| *y = op.apply(a, b)),
            (One(a), One(b)) => out.fill(op.apply(a, b)),
            (Held, Each(b)) => out.iter_mut().zip(b).for_each(|(y, &b)| *y = op.apply(*y, b)),
            (Held, One(b)) => out.iter_mut().for_each(|y| *y = op.apply(*y, b)),
            (Each(a), Held) => out.iter_mut().zip(a).for_each(|(y, &a)| *y = op.apply(a, *y)),
            (One(a), Held) => out.iter_mut().for_each(|y| *y = op.apply(a, *y)),
            (Held, Held) => out.iter_mut().for_each(|y| *y = op.apply(*y, *y)),
        }
    }
}
