//! Matrix products: `Gemm`, `MatMul`, `Einsum`.

use heatlens_graph::Buffer;
use heatlens_graph::ops::{Einsum, Gemm, MatrixProduct};

use super::gemm::{Matrix, Shape, multiply};
use super::linear::{multiply_rows, multiply_transposed};
use super::walk::{Walk, contiguous};
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::simd::Isa;

/// The kernel of `Gemm`.
pub(super) fn gemm(op: &Gemm, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (a, &[m, n]) = (ctx.shape(0), ctx.output(0)) else { return Err("its result must have two dimensions".into()) };
    let k = if op.trans_a { a[0] } else { a[1] };
    let addend = ctx.has(2).then(|| Walk::broadcast(&[m, n], [ctx.shape(2)]));
    let right = if op.trans_b { [1, k] } else { [n, 1] };
    let left = if op.trans_a { [1, m] } else { [k, 1] };
    let product = Product::new(ctx.isa, [m, k, n], left, right, ctx.constant(1).filter(|_| !op.trans_b));
    let by_output = op.trans_b && !op.trans_a;
    Ok(GemmKernel { op: *op, product, addend, by_output, columns: n }.into())
}

struct GemmKernel {
    op: Gemm,
    product: Product,
    addend: Option<Walk<1>>,
    /// Whether both factors are stored so that the summed dimension is contiguous.
    by_output: bool,
    columns: usize,
}

impl Kernel for GemmKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (a, b, c) = (io.input(0), io.input(1), self.addend.as_ref().map(|walk| (walk, io.input(2))));
        let (out, scratch) = io.output_and_scratch();
        if self.by_output {
            multiply_transposed(self.product.isa, self.product.extents, a, b, out);
        } else {
            self.product.run(a, b, out, scratch);
        }
        if self.op.alpha != 1.0 {
            out.iter_mut().for_each(|y| *y *= self.op.alpha);
        }
        let Some((walk, c)) = c else { return };
        let (beta, [stride]) = (self.op.beta, walk.inner_strides);
        debug_assert_eq!(out.len() % self.columns.max(1), 0);
        walk.runs(0, out.len(), |position, [offset], n| {
            for (i, y) in out[position..][..n].iter_mut().enumerate() {
                *y += beta * c[(offset + i as isize * stride) as usize];
            }
        });
    }

    fn scratch(&self) -> usize {
        if self.by_output { 0 } else { self.product.scratch() }
    }
}

/// Rows up to which a known right matrix is read where it is, and an unknown one: packing would
/// cost memory, or more than it saves. The result is the same to the bit.
const FEW_ROWS: [usize; 2] = [64, 4];

/// A product of two matrices of fixed extents.
struct Product {
    isa: Isa,
    /// Rows, summed, columns.
    extents: [usize; 3],
    left: [usize; 2],
    right: [usize; 2],
    /// Whether both matrices are row-major and the left one has few rows: then nothing is packed.
    unpacked: bool,
    /// The right matrix, where it is known.
    packed: Option<Vec<f32>>,
}

impl Product {
    fn new(isa: Isa, extents: [usize; 3], left: [usize; 2], right: [usize; 2], known: Option<&Buffer<f32>>) -> Self {
        let (shape, [m, k, n]) = (Shape::of(isa), extents);
        let unpacked = (left, right) == ([k, 1], [n, 1]) && m <= FEW_ROWS[usize::from(known.is_none())];
        let packed = known.filter(|_| !unpacked).map(|elements| {
            let mut packed = vec![0.0; shape.packed_columns(n, k)];
            Matrix { elements, strides: right }.pack_columns(shape, n, k, &mut packed);
            packed
        });
        Product { isa, extents, left, right, unpacked, packed }
    }

    fn scratch(&self) -> usize {
        let (shape, [m, k, n]) = (Shape::of(self.isa), self.extents);
        if self.unpacked {
            return 0;
        }
        shape.packed_rows(m, k) + if self.packed.is_none() { shape.packed_columns(n, k) } else { 0 }
    }

    fn run(&self, a: &[f32], b: &[f32], out: &mut [f32], scratch: &mut [f32]) {
        if self.unpacked {
            return multiply_rows(self.isa, self.extents, a, b, out);
        }
        let (shape, [m, k, n]) = (Shape::of(self.isa), self.extents);
        let (left, rest) = scratch.split_at_mut(shape.packed_rows(m, k));
        Matrix { elements: a, strides: self.left }.pack_rows(shape, m, k, left);
        if let Some(right) = &self.packed {
            return multiply(self.isa, self.extents, left, right, out);
        }
        let right = &mut rest[..shape.packed_columns(n, k)];
        Matrix { elements: b, strides: self.right }.pack_columns(shape, n, k, right);
        multiply(self.isa, self.extents, left, right, out);
    }
}

/// The kernel of `MatMul`.
pub(super) fn matmul(ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (a, b) = (ctx.shape(0), ctx.shape(1));
    let (batch_a, [m, k]) = split_matrix(a, true);
    let (batch_b, [_, n]) = split_matrix(b, false);
    if batch_b.iter().product::<usize>() == 1 {
        // One right matrix for all: the left ones are one tall matrix.
        let rows = batch_a.iter().product::<usize>() * m;
        let product = Product::new(ctx.isa, [rows, k, n], [k, 1], [n, 1], ctx.constant(1));
        return Ok(StackKernel { product, pairs: vec![[0, 0]] }.into());
    }
    let rank = batch_a.len().max(batch_b.len());
    let batch = &ctx.output(0)[..rank];
    let walk = Walk::broadcast(batch, [batch_a, batch_b]);
    let mut pairs = Vec::new();
    walk.runs(0, batch.iter().product(), |_, [i, j], run| {
        let [si, sj] = walk.inner_strides;
        pairs.extend((0..run as isize).map(|r| [(i + r * si) as usize, (j + r * sj) as usize]));
    });
    Ok(StackKernel { product: Product::new(ctx.isa, [m, k, n], [k, 1], [n, 1], None), pairs }.into())
}

/// Batch dimensions and the matrix of an operand, a vector as a row on the left and as a column on
/// the right.
fn split_matrix(shape: &[usize], left: bool) -> (&[usize], [usize; 2]) {
    match shape {
        [k] if left => (&[], [1, *k]),
        [k] => (&[], [*k, 1]),
        [batch @ .., m, n] => (batch, [*m, *n]),
        [] => (&[], [1, 1]),
    }
}

/// Products of stacks of matrices.
struct StackKernel {
    product: Product,
    /// Which left and which right matrix make each matrix of the result.
    pairs: Vec<[usize; 2]>,
}

impl Kernel for StackKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (a, b, [m, k, n]) = (io.input(0), io.input(1), self.product.extents);
        let (out, scratch) = io.output_and_scratch();
        if out.is_empty() {
            return;
        }
        for (&[i, j], out) in self.pairs.iter().zip(out.chunks_exact_mut(m * n)) {
            self.product.run(&a[i * m * k..][..m * k], &b[j * k * n..][..k * n], out, scratch);
        }
    }

    fn scratch(&self) -> usize {
        self.product.scratch()
    }
}

/// The kernel of `Einsum`: both operands are brought to stacks of matrices and the result to its
/// order.
pub(super) fn einsum(op: &Einsum, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let plan: MatrixProduct = op.matrix_product(ctx.shape(0), ctx.shape(1)).map_err(|reason| reason.to_string())?;
    let [batch, m, k, n] = plan.sizes;
    let order = |shape: &[usize], perm: &[usize]| {
        let strides = contiguous(shape);
        Walk::strided(&perm.iter().map(|&p| shape[p]).collect::<Vec<_>>(), perm.iter().map(|&p| [strides[p]]).collect())
    };
    let orders =
        [order(ctx.shape(0), &plan.left), order(ctx.shape(1), &plan.right), order(&plan.product, &plan.result)];
    Ok(EinsumKernel { batch, product: Product::new(ctx.isa, [m, k, n], [k, 1], [n, 1], None), orders }.into())
}

struct EinsumKernel {
    batch: usize,
    product: Product,
    /// How the operands and the result are put in order.
    orders: [Walk<1>; 3],
}

impl Kernel for EinsumKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (a, b, [m, k, n]) = (io.input(0), io.input(1), self.product.extents);
        let (out, scratch) = io.output_and_scratch();
        let (left, rest) = scratch.split_at_mut(self.batch * m * k);
        let (right, rest) = rest.split_at_mut(self.batch * k * n);
        let (result, rest) = rest.split_at_mut(self.batch * m * n);
        copy(&self.orders[0], a, left);
        copy(&self.orders[1], b, right);
        for i in 0..self.batch {
            self.product.run(
                &left[i * m * k..][..m * k],
                &right[i * k * n..][..k * n],
                &mut result[i * m * n..][..m * n],
                rest,
            );
        }
        copy(&self.orders[2], result, out);
    }

    fn scratch(&self) -> usize {
        let [m, k, n] = self.product.extents;
        self.batch * (m * k + k * n + m * n) + self.product.scratch()
    }
}

fn copy(order: &Walk<1>, from: &[f32], to: &mut [f32]) {
    let [stride] = order.inner_strides;
    order.runs(0, to.len(), |position, [offset], n| {
        to[position..][..n]
            .iter_mut()
            .enumerate()
            .for_each(|(i, y)| *y = from[(offset + i as isize * stride) as usize]);
    });
}
