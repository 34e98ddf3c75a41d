//! Elementwise operators one after the other, piece by piece: what lies between them never leaves
//! the first-level cache.

use heatlens_graph::ops::{Binary, Unary};
use heatlens_graph::{DType, Graph, Node, Op};

use super::activation::Activation;
use super::pointwise::Affine;
use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::elementwise::{Combine, Map, Operand};
use crate::kernels::select::Choose;
use crate::parallel::{self, GRAIN, with_scratch};
use crate::simd::Isa;

/// Floats of a piece: whole vectors, and those of all operators of a chain fit into the first-level
/// cache together.
const PIECE: usize = 1024;
/// Buffers that a chain can read.
pub(crate) const MOST_INPUTS: usize = 8;
/// Links of a chain: what more of them make would be out of the second-level cache before it is
/// read.
pub(crate) const MOST_LINKS: usize = 32;

/// An elementwise operator by itself.
pub(crate) trait Formula: Send + Sync {
    /// How many of the node's inputs it takes; the others are constants that it knows.
    fn operands(&self) -> usize;

    /// Computes a piece from the same piece of its operands; those that it does not take are
    /// ignored.
    fn compute(&self, isa: Isa, operands: [Operand<'_>; 3], out: &mut [f32]);
}

/// The formula of a node, if it is elementwise and has one. Quotients of integers, which are cut
/// off, have none.
pub(crate) fn formula(graph: &Graph, node: &Node) -> Option<Box<dyn Formula>> {
    if matches!(node.op, Op::Div(_)) && graph.value(node.outputs[0]).ty.dtype != DType::F32 {
        return None;
    }
    if let Some(activation) = Activation::of(graph, node) {
        return Some(Box::new(activation));
    }
    macro_rules! table {
        (unary: $($one:ident)*; binary: $($two:ident)*) => {
            match &node.op {
                $(Op::$one(op) => Box::new(OfOne(*op)),)*
                $(Op::$two(op) => Box::new(OfTwo(*op)),)*
                Op::Where(_) => Box::new(Choice),
                _ => return None,
            }
        };
    }
    let formula: Box<dyn Formula> = table!(
        unary: Abs Ceil Elu Erf Exp Floor Gelu LeakyRelu Log Mish Neg Not Reciprocal Round Selu Sign Softplus
            Softsign Sqrt Tanh;
        binary: Add And Div Greater GreaterOrEqual Less LessOrEqual Mul Or Sub
    );
    Some(formula)
}

impl Formula for Activation {
    fn operands(&self) -> usize {
        1
    }

    fn compute(&self, isa: Isa, [x, ..]: [Operand<'_>; 3], out: &mut [f32]) {
        let x = match x {
            Operand::Each(x) => Some(x),
            Operand::One(x) => {
                out.fill(x);
                None
            }
            Operand::Held => None,
        };
        isa.run(Affine { activation: *self, factor: None, addend: None, x, out });
    }
}

struct OfOne<F>(F);

impl<F: Unary + Copy + Send + Sync> Formula for OfOne<F> {
    fn operands(&self) -> usize {
        1
    }

    fn compute(&self, isa: Isa, [x, ..]: [Operand<'_>; 3], out: &mut [f32]) {
        isa.run(Map { op: self.0, x, out });
    }
}

struct OfTwo<F>(F);

impl<F: Binary + Copy + Send + Sync> Formula for OfTwo<F> {
    fn operands(&self) -> usize {
        2
    }

    fn compute(&self, isa: Isa, [a, b, _]: [Operand<'_>; 3], out: &mut [f32]) {
        isa.run(Combine { op: self.0, a, b, out });
    }
}

struct Choice;

impl Formula for Choice {
    fn operands(&self) -> usize {
        3
    }

    fn compute(&self, isa: Isa, [condition, a, b]: [Operand<'_>; 3], out: &mut [f32]) {
        isa.run(Choose { condition, a, b, out });
    }
}

/// Where an operand of a link is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// Among the kernel's inputs.
    Input(usize),
    /// Known.
    Number(f32),
    /// What an earlier link made.
    Link(usize),
}

/// One operator of a chain.
pub(crate) struct Link {
    pub(crate) formula: Box<dyn Formula>,
    pub(crate) operands: Vec<Origin>,
}

/// The operators of a chain in order; the last makes the output. All buffers have its extents and
/// are blocked.
pub(crate) struct ChainKernel {
    isa: Isa,
    links: Vec<Link>,
    inputs: Vec<usize>,
}

impl ChainKernel {
    /// A chain of at least one link and at most [`MOST_LINKS`] that reads `inputs` buffers, at most
    /// [`MOST_INPUTS`].
    pub(crate) fn new(isa: Isa, links: Vec<Link>, inputs: usize) -> Self {
        assert!((1..=MOST_LINKS).contains(&links.len()) && inputs <= MOST_INPUTS);
        ChainKernel { isa, links, inputs: (0..inputs).collect() }
    }

    /// Computes a piece at position `at`. `held` is what `out` held of the input that is
    /// overwritten; `made` has room for all links but the last.
    fn piece(
        &self,
        at: usize,
        inputs: &[&[f32]; MOST_INPUTS],
        held: Option<(usize, &[f32])>,
        made: &mut [f32],
        out: &mut [f32],
    ) {
        let n = out.len();
        for (l, link) in self.links.iter().enumerate() {
            let (earlier, rest) = made.split_at_mut(l * PIECE);
            let mut operands = [Operand::Held; 3];
            for (operand, origin) in operands.iter_mut().zip(&link.operands) {
                *operand = match *origin {
                    Origin::Number(x) => Operand::One(x),
                    Origin::Link(l) => Operand::Each(&earlier[l * PIECE..][..n]),
                    Origin::Input(i) => match held {
                        Some((input, held)) if input == i => Operand::Each(held),
                        _ => Operand::Each(&inputs[i][at..][..n]),
                    },
                };
            }
            let to = if l + 1 == self.links.len() { &mut *out } else { &mut rest[..n] };
            link.formula.compute(self.isa, operands, to);
        }
    }
}

impl Kernel for ChainKernel {
    fn run(&self, io: &mut Io<'_>) {
        let taken = io.in_place();
        let inputs: [&[f32]; MOST_INPUTS] =
            std::array::from_fn(|i| if i < self.inputs.len() && taken != Some(i) { io.input(i) } else { &[] });
        parallel::chunks(io.output(0), GRAIN, |i, out| {
            with_scratch(self.links.len() * PIECE, |scratch| {
                let (held, made) = scratch.split_at_mut(PIECE);
                for (j, out) in out.chunks_mut(PIECE).enumerate() {
                    let held = taken.map(|input| {
                        held[..out.len()].copy_from_slice(out);
                        (input, &held[..out.len()])
                    });
                    self.piece(i * GRAIN + j * PIECE, &inputs, held, made, out);
                }
            });
        });
    }

    fn in_place(&self) -> &[usize] {
        &self.inputs
    }
}
