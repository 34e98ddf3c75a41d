//! Reductions over any axes.

use super::axes::axis;
use super::walk::{Walk, contiguous};
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::parallel;
use crate::simd::{Isa, LANES, Simd, Task};

/// What elements are reduced to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sum,
    Mean,
    /// Root of the sum of squares.
    L2,
    Max,
    Min,
    Product,
}

impl Kind {
    fn start(self) -> f32 {
        match self {
            Kind::Sum | Kind::Mean | Kind::L2 => 0.0,
            Kind::Max => f32::NEG_INFINITY,
            Kind::Min => f32::INFINITY,
            Kind::Product => 1.0,
        }
    }

    /// What an element counts as.
    #[inline(always)]
    fn enter(self, x: f32) -> f32 {
        if self == Kind::L2 { x * x } else { x }
    }

    #[inline(always)]
    fn join(self, a: f32, b: f32) -> f32 {
        match self {
            Kind::Sum | Kind::Mean | Kind::L2 => a + b,
            // A NaN on either side wins.
            Kind::Max => {
                if b > a || b.is_nan() {
                    b
                } else {
                    a
                }
            }
            Kind::Min => {
                if b < a || b.is_nan() {
                    b
                } else {
                    a
                }
            }
            Kind::Product => a * b,
        }
    }

    fn finish(self, total: f32, count: usize) -> f32 {
        match self {
            Kind::Mean => total / count as f32,
            Kind::L2 => total.sqrt(),
            _ => total,
        }
    }
}

/// The kernel of a reduction whose input 1 holds the axes.
pub(super) fn reduce(kind: Kind, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let shape = ctx.shape(0);
    let axes = ctx.ints(1)?.filter(|axes| !axes.is_empty());
    let mut reduced = vec![axes.is_none(); shape.len()];
    axes.iter().flatten().for_each(|&a| reduced[axis(a as isize, shape.len())] = true);
    Ok(over(kind, shape, &reduced, ctx))
}

/// The kernel of a reduction over the dimensions from `first` on.
pub(super) fn trailing(kind: Kind, shape: &[usize], first: usize, ctx: &Context<'_>) -> Lowered {
    over(kind, shape, &(0..shape.len()).map(|axis| axis >= first).collect::<Vec<_>>(), ctx)
}

fn over(kind: Kind, shape: &[usize], reduced: &[bool], ctx: &Context<'_>) -> Lowered {
    let strides = contiguous(shape);
    let select = |wanted: bool| -> (Vec<usize>, Vec<[isize; 1]>) {
        (0..shape.len()).filter(|&axis| reduced[axis] == wanted).map(|axis| (shape[axis], [strides[axis]])).unzip()
    };
    let ((kept, kept_strides), (gone, gone_strides)) = (select(false), select(true));
    let count = gone.iter().product();
    ReduceKernel {
        kind,
        isa: ctx.isa,
        count,
        kept: Walk::strided(&kept, kept_strides),
        gone: Walk::strided(&gone, gone_strides),
    }
    .into()
}

struct ReduceKernel {
    kind: Kind,
    isa: Isa,
    /// Elements that make one.
    count: usize,
    /// Where the elements of each output begin.
    kept: Walk<1>,
    /// Where they lie from there.
    gone: Walk<1>,
}

impl Kernel for ReduceKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        let out = io.output(0);
        // Pieces of about as many elements read, whatever is read for one.
        let chunk = (parallel::GRAIN / self.count.max(1)).max(1);
        let [kept_stride] = self.kept.inner_strides;
        parallel::chunks(out, chunk, |i, out| {
            self.kept.runs(i * chunk, out.len(), |position, [offset], n| {
                let out = &mut out[position..][..n];
                if kept_stride == 1 && n > 1 && self.gone.inner_strides != [1] {
                    self.beside(x, offset, out);
                } else {
                    out.iter_mut().enumerate().for_each(|(i, y)| *y = self.one(x, offset + i as isize * kept_stride));
                }
            });
        });
    }
}

impl ReduceKernel {
    /// One output element.
    fn one(&self, x: &[f32], base: isize) -> f32 {
        let mut total = self.kind.start();
        let [stride] = self.gone.inner_strides;
        self.gone.runs(0, self.count, |_, [offset], n| {
            let first = (base + offset) as usize;
            let part = match stride {
                1 => fold(self.isa, self.kind, &x[first..][..n]),
                _ => (0..n)
                    .fold(self.kind.start(), |t, i| self.kind.join(t, self.kind.enter(x[first + i * stride as usize]))),
            };
            total = self.kind.join(total, part);
        });
        self.kind.finish(total, self.count)
    }

    /// Output elements whose inputs lie side by side.
    fn beside(&self, x: &[f32], base: isize, out: &mut [f32]) {
        out.fill(self.kind.start());
        let [stride] = self.gone.inner_strides;
        self.gone.runs(0, self.count, |_, [offset], n| {
            for i in 0..n as isize {
                let x = &x[(base + offset + i * stride) as usize..][..out.len()];
                out.iter_mut().zip(x).for_each(|(y, &x)| *y = self.kind.join(*y, self.kind.enter(x)));
            }
        });
        out.iter_mut().for_each(|y| *y = self.kind.finish(*y, self.count));
    }
}

/// Reduces contiguous elements in a fixed order: 16 lanes side by side, then the lanes.
pub(super) fn fold(isa: Isa, kind: Kind, x: &[f32]) -> f32 {
    let mut total = kind.start();
    match kind {
        Kind::Sum | Kind::Mean => isa.run(Fold { x, start: 0.0, enter: |x| x, join: |a, b| a + b, total: &mut total }),
        Kind::L2 => isa.run(Fold { x, start: 0.0, enter: |x| x * x, join: |a, b| a + b, total: &mut total }),
        Kind::Max => {
            isa.run(Fold { x, start: total, enter: |x| x, join: |a, b| Kind::Max.join(a, b), total: &mut total })
        }
        Kind::Min => {
            isa.run(Fold { x, start: total, enter: |x| x, join: |a, b| Kind::Min.join(a, b), total: &mut total })
        }
        Kind::Product => isa.run(Fold { x, start: 1.0, enter: |x| x, join: |a, b| a * b, total: &mut total }),
    }
    total
}

struct Fold<'a, E, J> {
    x: &'a [f32],
    start: f32,
    enter: E,
    join: J,
    total: &'a mut f32,
}

impl<E: Fn(f32) -> f32, J: Fn(f32, f32) -> f32> Task for Fold<'_, E, J> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let mut lanes = [self.start; LANES];
        let chunks = self.x.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane = (self.join)(*lane, (self.enter)(x));
            }
        }
        for (lane, &x) in lanes.iter_mut().zip(rest) {
            *lane = (self.join)(*lane, (self.enter)(x));
        }
        *self.total = lanes.into_iter().reduce(&self.join).unwrap_or(self.start);
    }
}
