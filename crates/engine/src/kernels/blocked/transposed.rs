//! Transposed convolution on blocked buffers, such as the gradient of a convolution.
//!
//! With stride 1 it is a convolution with mirrored filters. With stride s the output cells of one
//! remainder modulo s, a phase, see every s-th tap: each phase is a convolution of stride 1, and
//! the phases are woven together. Where all phases together have no more filters than a vector has
//! lanes, as behind a photograph, they are one convolution and share the lanes.

use heatlens_graph::ops::ConvTranspose;

use super::activation::Activation;
use super::choose::{convolution, parameters};
use super::conv::ConvKernel;
use super::depthwise::DepthwiseKernel;
use super::layout::{Blocked, pad_channels};
use super::store::{Addend, Store};
use crate::arena::Arena;
use crate::context::Context;
use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::geometry::Geometry;
use crate::parallel;
use crate::simd::{Isa, LANES};

/// The kernel for a node with known weights; none for some groups, dilated strides and cuts wider
/// than the filter.
pub(super) fn lower(op: &ConvTranspose, ctx: &Context<'_>, is_blocked: bool, store: Store) -> Option<Blocked> {
    let (x, w, y) = (ctx.shape(0), ctx.shape(1), ctx.output(0));
    let depthwise = op.group == x[1] && w[1] == 1;
    if !(op.group == 1 || depthwise) {
        return None;
    }
    let (weight, bias) = parameters(ctx)?;
    let [top, left, ..] = op.pads(x, w);
    let (channels, filters) = (x[1] / op.group, w[1]);
    let geometry = Geometry {
        images: x[0],
        group: op.group,
        channels,
        filters,
        input: [x[2], x[3]],
        output: [y[2], y[3]],
        kernel: [w[2], w[3]],
        strides: [1, 1],
        dilations: [1, 1],
        pads: [top, left],
    };
    let source = Source { geometry, strides: op.strides, depthwise, weight };
    if op.strides == [1, 1] {
        let (geometry, mirrored) = source.mirrored(op.dilations)?;
        return convolution(geometry, ctx.isa, &mirrored, bias, is_blocked, store);
    }
    if op.dilations != [1, 1] || store.residual || store.activation != Activation::Identity {
        return None;
    }
    Some(Blocked::new(source.phased(ctx.isa, bias)?, 1))
}

/// The operator: extents as of a convolution from its input to its output, `pads` being what is cut
/// off.
struct Source<'a> {
    geometry: Geometry,
    strides: [usize; 2],
    depthwise: bool,
    /// (channel, filter of the group, row, column).
    weight: &'a [f32],
}

/// The taps that one phase sees along one axis.
#[derive(Clone, Copy, Debug)]
struct Taps {
    first: usize,
    count: usize,
    /// Cells before the input that the first window of the phase sees.
    pad: usize,
    /// Output cells of the phase.
    output: usize,
}

impl Source<'_> {
    /// A convolution for stride 1.
    fn mirrored(&self, dilations: [usize; 2]) -> Option<(Geometry, Vec<f32>)> {
        let g = &self.geometry;
        let pad = |axis: usize| ((g.kernel[axis] - 1) * dilations[axis]).checked_sub(g.pads[axis]);
        let geometry = Geometry { dilations, pads: [pad(0)?, pad(1)?], ..g.clone() };
        let all = [0, 1].map(|axis| Taps { first: 0, count: g.kernel[axis], pad: 0, output: 0 });
        Some((geometry.flattened(), self.filters_of(all)))
    }

    /// The filters (filter, channel, row, column) of the convolution that one phase is: the taps
    /// from the last to the first.
    fn filters_of(&self, taps: [Taps; 2]) -> Vec<f32> {
        let (g, [rows, columns]) = (&self.geometry, taps);
        let mut filters = Vec::with_capacity(self.weight.len());
        for (f, c) in
            (0..if self.depthwise { g.group } else { g.filters }).flat_map(|f| (0..g.channels).map(move |c| (f, c)))
        {
            for i in (0..rows.count).rev() {
                let row = (rows.first + i * self.strides[0]) * g.kernel[1];
                filters.extend(
                    (0..columns.count).rev().map(|j| self.filter(f, c)[row + columns.first + j * self.strides[1]]),
                );
            }
        }
        filters
    }

    /// The taps between a channel and a filter.
    fn filter(&self, filter: usize, channel: usize) -> &[f32] {
        let at = if self.depthwise { filter } else { channel * self.geometry.filters + filter };
        let taps = self.geometry.kernel[0] * self.geometry.kernel[1];
        &self.weight[at * taps..][..taps]
    }

    /// What phase `phase` sees along an axis; none where that begins behind the first cell.
    fn taps(&self, axis: usize, phase: usize) -> Option<Taps> {
        let (g, stride) = (&self.geometry, self.strides[axis]);
        let first = (phase + g.pads[axis]) % stride;
        let count = g.kernel[axis].saturating_sub(first).div_ceil(stride);
        let shift = (phase + g.pads[axis]) / stride;
        let pad = if count == 0 { 0 } else { (count - 1).checked_sub(shift)? };
        Some(Taps { first, count, pad, output: g.output[axis].saturating_sub(phase).div_ceil(stride) })
    }

    fn phased(&self, isa: Isa, bias: Option<&[f32]>) -> Option<TransposedKernel> {
        let g = &self.geometry;
        let taps =
            |axis: usize| (0..self.strides[axis]).map(|phase| self.taps(axis, phase)).collect::<Option<Vec<_>>>();
        let (rows, columns) = (taps(0)?, taps(1)?);
        let bare = rows.iter().chain(&columns).any(|taps| taps.count == 0);
        let phases = self.strides[0] * self.strides[1];
        let shared = !bare && !self.depthwise && g.filters * phases <= LANES;
        let parts = match shared {
            true => vec![self.together(isa, bias, &rows, &columns)],
            false => self.apart(isa, bias, &rows, &columns),
        };
        let out_channels = if self.depthwise { g.group } else { g.filters };
        let bias = pad_channels(bias, out_channels);
        Some(TransposedKernel {
            output: g.output,
            strides: self.strides,
            filters: g.filters,
            shared,
            bare,
            parts,
            bias,
        })
    }

    /// A convolution for each phase that sees any tap.
    fn apart(&self, isa: Isa, bias: Option<&[f32]>, rows: &[Taps], columns: &[Taps]) -> Vec<Part> {
        let mut parts = Vec::new();
        for (y, &row) in rows.iter().enumerate() {
            for (x, &column) in columns.iter().enumerate() {
                let output = [row.output, column.output];
                if row.count * column.count == 0 || output.contains(&0) {
                    continue;
                }
                let (kernel, pads) = ([row.count, column.count], [row.pad, column.pad]);
                let geometry = Geometry { kernel, pads, output, ..self.geometry.clone() }.flattened();
                parts.push(Part::new(
                    geometry,
                    isa,
                    &self.filters_of([row, column]),
                    bias,
                    self.depthwise,
                    [y, x],
                    output,
                ));
            }
        }
        parts
    }

    /// One convolution whose filters are those of all phases, each with zeros around its taps.
    fn together(&self, isa: Isa, bias: Option<&[f32]>, rows: &[Taps], columns: &[Taps]) -> Part {
        let g = &self.geometry;
        let pads = [rows, columns].map(|taps| taps.iter().map(|t| t.pad).max().unwrap_or(0));
        let behind = |taps: &[Taps]| taps.iter().map(|t| t.count - t.pad.min(t.count)).max().unwrap_or(0);
        let kernel = [pads[0] + behind(rows), pads[1] + behind(columns)];
        let output = [rows[0].output, columns[0].output];
        let phases = rows.len() * columns.len();
        let mut weight = vec![0.0; phases * g.filters * g.channels * kernel[0] * kernel[1]];
        for (phase, (row, column)) in
            rows.iter().flat_map(|row| columns.iter().map(move |column| (row, column))).enumerate()
        {
            let filters = self.filters_of([*row, *column]);
            for (i, taps) in filters.chunks_exact(row.count * column.count).enumerate() {
                let to = &mut weight[(phase * g.filters * g.channels + i) * kernel[0] * kernel[1]..];
                for (y, taps) in taps.chunks_exact(column.count).enumerate() {
                    let at = (y + pads[0] - row.pad) * kernel[1] + pads[1] - column.pad;
                    to[at..at + column.count].copy_from_slice(taps);
                }
            }
        }
        let bias = bias.map(|bias| bias.repeat(phases));
        let geometry = Geometry { filters: g.filters * phases, kernel, pads, output, ..g.clone() };
        Part::new(geometry, isa, &weight, bias.as_deref(), false, [0, 0], output)
    }
}

/// The convolution that one phase is, or all of them.
struct Part {
    convolution: Convolution,
    /// Floats of its result.
    len: usize,
    phase: [usize; 2],
    /// Rows and columns of its result.
    extents: [usize; 2],
}

enum Convolution {
    Dense(ConvKernel),
    Depthwise(DepthwiseKernel),
}

impl Part {
    fn new(
        geometry: Geometry,
        isa: Isa,
        weight: &[f32],
        bias: Option<&[f32]>,
        depthwise: bool,
        phase: [usize; 2],
        extents: [usize; 2],
    ) -> Self {
        let channels = if depthwise { geometry.group } else { geometry.filters };
        let len = geometry.images * channels.next_multiple_of(LANES) * extents[0] * extents[1];
        let store = Store { residual: false, activation: Activation::Identity };
        let convolution = match depthwise {
            true => Convolution::Depthwise(DepthwiseKernel::new(geometry, isa, weight, bias, Activation::Identity)),
            false => Convolution::Dense(ConvKernel::new(geometry, isa, false, weight, bias, store)),
        };
        Part { convolution, len, phase, extents }
    }

    fn scratch(&self) -> usize {
        match &self.convolution {
            Convolution::Dense(kernel) => kernel.scratch(),
            Convolution::Depthwise(_) => 0,
        }
    }

    fn compute(&self, x: &[f32], out: &mut [f32], scratch: &mut [f32]) {
        match &self.convolution {
            Convolution::Dense(kernel) => kernel.compute(x, Addend::None, out, scratch),
            Convolution::Depthwise(kernel) => kernel.compute(x, out),
        }
    }
}

/// Transposed convolution with strides.
struct TransposedKernel {
    output: [usize; 2],
    strides: [usize; 2],
    filters: usize,
    /// Whether the phases share the lanes of one part.
    shared: bool,
    /// Whether some phase sees no tap.
    bare: bool,
    parts: Vec<Part>,
    bias: Arena,
}

impl TransposedKernel {
    /// Puts the cells of one phase of a plane where they belong.
    fn weave(&self, part: &Part, from: &[f32], to: &mut [f32]) {
        let ([height, width], [rows, columns]) = (part.extents, self.strides);
        for y in 0..height {
            let row = &mut to[((y * rows + part.phase[0]) * self.output[1] + part.phase[1]) * LANES..];
            let cells = row.chunks_mut(LANES).step_by(columns);
            cells
                .zip(from[y * width * LANES..][..width * LANES].chunks_exact(LANES))
                .for_each(|(to, from)| to.copy_from_slice(from));
        }
    }

    /// The same where the lanes of a cell hold the filters of all phases.
    fn weave_lanes(&self, width: usize, from: &[f32], to: &mut [f32]) {
        let [rows, columns] = self.strides;
        for (oy, row) in to.chunks_exact_mut(self.output[1] * LANES).enumerate() {
            for (ox, to) in row.chunks_exact_mut(LANES).enumerate() {
                let phase = oy % rows * columns + ox % columns;
                let cell = (oy / rows * width + ox / columns) * LANES;
                to[..self.filters].copy_from_slice(&from[cell + phase * self.filters..][..self.filters]);
                to[self.filters..].fill(0.0);
            }
        }
    }
}

impl Kernel for TransposedKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        let (out, scratch) = io.output_and_scratch();
        let plane = self.output[0] * self.output[1] * LANES;
        let bias = self.bias.as_slice();
        if self.bare {
            parallel::chunks(out, plane, |i, out| {
                let bias = &bias[i * LANES % bias.len()..][..LANES];
                out.chunks_exact_mut(LANES).for_each(|cell| cell.copy_from_slice(bias));
            });
        }
        for part in &self.parts {
            let (result, rest) = scratch.split_at_mut(part.len);
            part.compute(x, result, rest);
            let of_plane = part.extents[0] * part.extents[1] * LANES;
            let result = &*result;
            parallel::chunks(out, plane, |i, out| {
                let from = &result[i * of_plane..][..of_plane];
                if self.shared { self.weave_lanes(part.extents[1], from, out) } else { self.weave(part, from, out) }
            });
        }
    }

    fn scratch(&self) -> usize {
        self.parts.iter().map(|part| part.len + part.scratch()).max().unwrap_or(0)
    }
}
