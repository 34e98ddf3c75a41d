//! Operators applied to each element, by the scalar formula that the graph gives.

use heatlens_graph::ops::{Binary, Unary};

use super::walk::Walk;
use super::{Kernel, Lowered, Refusal};
use crate::compile::{Context, Io};
use crate::parallel::{self, GRAIN};
use crate::simd::{Isa, Simd, Task};

/// The kernel of a unary operator.
pub(super) fn unary<F: Unary + Copy + Send + Sync + 'static>(op: F, ctx: &Context<'_>) -> Lowered {
    UnaryKernel { op, isa: ctx.isa }.into()
}

/// The kernel of a unary operator on a buffer in any order.
pub(super) fn flat_unary<F: Unary + Copy + Send + Sync + 'static>(op: F, isa: Isa) -> Box<dyn Kernel> {
    Box::new(UnaryKernel { op, isa })
}

/// The kernel of a binary operator.
pub(super) fn binary<F: Binary + Copy + Send + Sync + 'static>(op: F, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (shape, a, b) = (ctx.output(0), ctx.shape(0), ctx.shape(1));
    let in_place = [0, 1].into_iter().filter(|&i| ctx.shape(i) == shape).collect();
    Ok(BinaryKernel { op, isa: ctx.isa, walk: Walk::broadcast(shape, [a, b]), in_place }.into())
}

/// The kernel of a binary operator on buffers whose `len` elements are in the same order; an operand may have one element instead.
pub(super) fn flat<F: Binary + Copy + Send + Sync + 'static>(op: F, len: usize, operands: [usize; 2], isa: Isa) -> Box<dyn Kernel> {
    let in_place = (0..2).filter(|&i| operands[i] == len).collect();
    Box::new(BinaryKernel { op, isa, walk: Walk::broadcast(&[len], [&operands[..1], &operands[1..]]), in_place })
}

struct UnaryKernel<F> {
    op: F,
    isa: Isa,
}

impl<F: Unary + Copy + Send + Sync> Kernel for UnaryKernel<F> {
    fn run(&self, io: &mut Io<'_>) {
        let (op, isa) = (self.op, self.isa);
        if io.in_place().is_some() {
            parallel::chunks(io.output(0), GRAIN, |_, out| isa.run(Overwrite { op, out }));
        } else {
            let x = io.input(0);
            parallel::chunks(io.output(0), GRAIN, |i, out| isa.run(Map { op, x: &x[i * GRAIN..][..out.len()], out }));
        }
    }

    fn in_place(&self) -> &[usize] {
        &[0]
    }
}

struct Overwrite<'a, F> {
    op: F,
    out: &'a mut [f32],
}

impl<F: Unary> Task for Overwrite<'_, F> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for y in self.out {
            *y = self.op.apply(*y);
        }
    }
}

struct Map<'a, F> {
    op: F,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl<F: Unary> Task for Map<'_, F> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for (y, &x) in self.out.iter_mut().zip(self.x) {
            *y = self.op.apply(x);
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
                let [a, b] = [(a, 0), (b, 1)].map(|(x, i)| Operand::new(x, offsets[i] as usize, n, self.walk.inner_strides[i] != 0));
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
enum Operand<'a> {
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

struct Combine<'a, F> {
    op: F,
    a: Operand<'a>,
    b: Operand<'a>,
    out: &'a mut [f32],
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
