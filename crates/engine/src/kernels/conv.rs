//! Convolution: as a matrix product, of patches gathered a panel at a time.

use heatlens_graph::ops::Conv;

use super::depthwise;
use super::gemm::{Matrix, Shape, Target, tile};
use super::geometry::Geometry;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::parallel::{self, Shared};
use crate::simd::Isa;

/// The kernel of `Conv`.
pub(super) fn conv(op: &Conv, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let geometry = Geometry::new(op, ctx);
    if geometry.channels == 1 && geometry.filters == 1 {
        return Ok(depthwise::kernel(geometry, ctx));
    }
    let shape = Shape::of(ctx.isa);
    let packed = ctx.constant(1).map(|weight| {
        let mut packed = vec![0.0; geometry.group * shape.packed_rows(geometry.filters, geometry.patch())];
        pack(&geometry, shape, weight, &mut packed);
        packed
    });
    Ok(ConvKernel { geometry, isa: ctx.isa, packed, has_bias: ctx.has(2) }.into())
}

/// Packs the weights of all groups.
fn pack(geometry: &Geometry, shape: Shape, weight: &[f32], packed: &mut [f32]) {
    let (m, k) = (geometry.filters, geometry.patch());
    let whole = shape.packed_rows(m, k);
    for group in 0..geometry.group {
        let elements = &weight[group * m * k..][..m * k];
        Matrix { elements, strides: [k, 1] }.pack_rows(shape, m, k, &mut packed[group * whole..][..whole]);
    }
}

struct ConvKernel {
    geometry: Geometry,
    isa: Isa,
    /// The weights, where they are known.
    packed: Option<Vec<f32>>,
    has_bias: bool,
}

impl Kernel for ConvKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (x, weight, bias) = (io.input(0), io.input(1), self.has_bias.then(|| io.input(2)));
        let (out, scratch) = io.output_and_scratch();
        let packed = match &self.packed {
            Some(packed) => packed,
            None => {
                pack(&self.geometry, Shape::of(self.isa), weight, scratch);
                &*scratch
            }
        };
        self.multiply(x, packed, bias, out);
    }

    fn scratch(&self) -> usize {
        match self.packed {
            Some(_) => 0,
            None => self.geometry.group * Shape::of(self.isa).packed_rows(self.geometry.filters, self.geometry.patch()),
        }
    }
}

impl ConvKernel {
    fn multiply(&self, x: &[f32], packed: &[f32], bias: Option<&[f32]>, out: &mut [f32]) {
        let (geometry, shape) = (&self.geometry, Shape::of(self.isa));
        let (k, m, n) = (geometry.patch(), geometry.filters, geometry.cells());
        let plane = geometry.input[0] * geometry.input[1];
        let panels = n.div_ceil(shape.columns);
        assert_eq!(out.len(), geometry.images * geometry.group * m * n);
        if out.is_empty() {
            return;
        }
        let shared = Shared::new(out);
        parallel::for_each(geometry.images * geometry.group * panels, |task| {
            let (which, panel) = (task / panels, task % panels);
            let group = which % geometry.group;
            let x = &x[which * geometry.channels * plane..][..geometry.channels * plane];
            let packed = &packed[group * shape.packed_rows(m, k)..][..shape.packed_rows(m, k)];
            let first = panel * shape.columns;
            let columns = shape.columns.min(n - first);
            parallel::with_scratch(k * shape.columns, |patches| {
                gather(geometry, x, first, columns, shape.columns, patches);
                for (row, i) in (0..m).step_by(shape.rows).enumerate() {
                    let left = &packed[row * shape.rows * k..][..shape.rows * k];
                    let rows = shape.rows.min(m - i);
                    // SAFETY: channel `which · m + i` and cell `first` are inside the output; tasks
                    // have cells or channels of their own.
                    let out = unsafe { shared.at((which * m + i) * n + first) };
                    // SAFETY: as above, cut to the rows and columns that there are.
                    unsafe { tile(self.isa, k, left, patches, Target { out, row_stride: n, rows, columns }) };
                    let Some(bias) = bias else { continue };
                    for (r, bias) in bias[group * m + i..][..rows].iter().enumerate() {
                        // SAFETY: the same cells that the tile has written, one row at a time.
                        let row = unsafe {
                            std::slice::from_raw_parts_mut(shared.at((which * m + i + r) * n + first), columns)
                        };
                        row.iter_mut().for_each(|y| *y += bias);
                    }
                }
            });
        });
    }
}

/// Gathers the patches of `columns` cells from `first` on: element (tap, cell) at
/// `tap · width + cell`.
fn gather(geometry: &Geometry, x: &[f32], first: usize, columns: usize, width: usize, patches: &mut [f32]) {
    let plane = geometry.input[0] * geometry.input[1];
    let mut taps = patches.chunks_exact_mut(width);
    // Planes without cells have taps, too.
    for plane in (0..geometry.channels).map(|channel| &x[channel * plane..][..plane]) {
        for ky in 0..geometry.kernel[0] {
            for kx in 0..geometry.kernel[1] {
                let (tap, rest) = taps.next().expect("a row of patches for each tap").split_at_mut(columns);
                rest.fill(0.0);
                gather_tap(geometry, plane, [ky, kx], first, tap);
            }
        }
    }
}

/// What tap `[ky, kx]` sees of a plane for the cells from `first` on, one output row after the
/// other.
fn gather_tap(geometry: &Geometry, plane: &[f32], [ky, kx]: [usize; 2], first: usize, tap: &mut [f32]) {
    let ([height, width], [_, out_width], stride) = (geometry.input, geometry.output, geometry.strides[1]);
    let (shift, pad) = (kx * geometry.dilations[1], geometry.pads[1]);
    // Output columns for which the tap lies inside the input.
    let inside = pad.saturating_sub(shift).div_ceil(stride)..(width + pad).saturating_sub(shift).div_ceil(stride);
    let (mut oy, mut ox, mut done) = (first / out_width, first % out_width, 0);
    while done < tap.len() {
        let n = (out_width - ox).min(tap.len() - done);
        let run = &mut tap[done..done + n];
        let y = (oy * geometry.strides[0] + ky * geometry.dilations[0]).wrapping_sub(geometry.pads[0]);
        let from = inside.start.clamp(ox, ox + n) - ox;
        let to = inside.end.clamp(ox, ox + n) - ox;
        if y >= height || from >= to {
            run.fill(0.0);
        } else {
            run[..from].fill(0.0);
            run[to..].fill(0.0);
            let source = &plane[y * width + (ox + from) * stride + shift - pad..(y + 1) * width];
            match stride {
                1 => run[from..to].copy_from_slice(&source[..to - from]),
                _ => run[from..to].iter_mut().zip(source.iter().step_by(stride)).for_each(|(cell, &x)| *cell = x),
            }
        }
        (oy, ox, done) = (oy + 1, 0, done + n);
    }
}
