//! Convolution on blocked buffers: each output row is one product of strips of pixels, nothing is
//! gathered.
//!
//! The image is given a margin of zeros first where windows reach over its edges; 1×1 convolutions
//! see all cells as one long row. Images of few channels, such as photographs, are taken plain and
//! get their channels side by side on the way into the margin.

use super::layout::pad_channels;
use super::store::{Addend, Store};
use super::tile::{Segment, Segments, Shape, Strip};
use crate::arena::Arena;
use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::geometry::Geometry;
use crate::parallel::{self, Shared};
use crate::simd::{Isa, LANES};

/// Floats of input that a task works through for one pair of filter blocks after the other: about
/// an eighth of a second-level cache.
const TASK_INPUT: usize = 48 * 1024;
/// Pixels of a long row that are one strip.
const STRIP: usize = 56;
/// Tasks below which the filter blocks are split too.
const FEW_TASKS: usize = 16;
/// Floats of weights above which they are split as well: what no second-level cache holds is read
/// once for all images, a pair of blocks at a time.
const MANY_WEIGHTS: usize = 128 * 1024;

/// Convolution with known weights.
pub(super) struct ConvKernel {
    geometry: Geometry,
    isa: Isa,
    store: Store,
    /// Whether the input is plain.
    plain: bool,
    /// Rows and columns of the image with its margin, where it needs one.
    margin: Option<[usize; 2]>,
    segments: Segments,
    /// Vectors of 16 filters: block, then summed element.
    weights: Arena,
    bias: Arena,
}

impl ConvKernel {
    /// Packs the weights (filter, channel of the group, row, column).
    pub(super) fn new(
        geometry: Geometry,
        isa: Isa,
        plain: bool,
        weight: &[f32],
        bias: Option<&[f32]>,
        store: Store,
    ) -> Self {
        let g = &geometry;
        let reach = |axis: usize| (g.output[axis] - 1) * g.strides[axis] + (g.kernel[axis] - 1) * g.dilations[axis] + 1;
        let extents = [reach(0), reach(1)];
        let within = g.pads == [0, 0] && extents[0] <= g.input[0] && extents[1] <= g.input[1];
        let margin = (plain || !within).then_some(extents);
        let rows = margin.unwrap_or(g.input);
        let (segments, order) = segments(g, plain, rows);
        let weights = pack(g, &order, weight);
        let bias = pad_channels(bias, g.group * g.filters);
        ConvKernel { geometry, isa, store, plain, margin, segments, weights, bias }
    }

    /// Floats of a pixel as the strips see it.
    fn pixel(&self) -> usize {
        if self.plain { self.geometry.channels } else { LANES }
    }

    /// Planes of an image as the strips see it.
    fn planes(&self) -> usize {
        if self.plain { 1 } else { (self.geometry.group * self.geometry.channels).div_ceil(LANES) }
    }

    fn with_margin(&self, x: &[f32], [height, width]: [usize; 2], to: &mut [f32]) {
        let (g, pixel) = (&self.geometry, self.pixel());
        let cells = g.input[0] * g.input[1];
        let columns = g.input[1].min((width).saturating_sub(g.pads[1]));
        parallel::chunks(to, width * pixel, |row, to| {
            let (plane, y) = (row / height, (row % height).wrapping_sub(g.pads[0]));
            if y >= g.input[0] {
                return to.fill(0.0);
            }
            let (left, rest) = to.split_at_mut(g.pads[1].min(width) * pixel);
            let (inside, right) = rest.split_at_mut(columns * pixel);
            left.fill(0.0);
            right.fill(0.0);
            if self.plain {
                for (c, x) in x[plane * pixel * cells..][..pixel * cells].chunks_exact(cells).enumerate() {
                    let x = &x[y * g.input[1]..][..columns];
                    inside.iter_mut().skip(c).step_by(pixel).zip(x).for_each(|(to, &x)| *to = x);
                }
            } else {
                inside.copy_from_slice(&x[(plane * cells + y * g.input[1]) * LANES..][..columns * LANES]);
            }
        });
    }

    /// Convolves `x` into `out`. `scratch` holds at least as many floats as [`Kernel::scratch`]
    /// asks for; what is added, if anything, as many as `out`.
    pub(super) fn compute(&self, x: &[f32], addend: Addend<'_>, out: &mut [f32], scratch: &mut [f32]) {
        match self.margin {
            None => self.multiply(x, self.geometry.input, addend, out),
            Some(extents) => {
                let scratch = &mut scratch[..self.scratch()];
                self.with_margin(x, extents, scratch);
                self.multiply(scratch, extents, addend, out);
            }
        }
    }

    fn multiply(&self, x: &[f32], [height, width]: [usize; 2], addend: Addend<'_>, out: &mut [f32]) {
        let g = &self.geometry;
        let (pixel, depth) = (self.pixel(), g.channels * g.kernel[0] * g.kernel[1]);
        let (image, group_planes) = (self.planes() * height * width * pixel, g.channels / LANES);
        assert_eq!(x.len(), g.images * image);
        let blocks = g.filters.div_ceil(LANES);
        let cells = g.output[0] * g.output[1];
        assert_eq!(out.len(), g.images * g.group * blocks * cells * LANES);
        addend.assert_len(out.len());
        if out.is_empty() {
            return;
        }
        let strips_of_row = g.output[1].div_ceil(STRIP);
        let strips = g.output[0] * strips_of_row;
        let strip_input = g.output[1].min(STRIP) * g.strides[0] * g.strides[1] * g.channels;
        // Of no channels the sums are empty.
        let strips_of_task = (TASK_INPUT / strip_input.max(1)).clamp(1, strips);
        let (pairs, regions) = (blocks.div_ceil(2), strips.div_ceil(strips_of_task));
        let inputs = g.images * g.group * regions;
        let parts = if blocks * depth * LANES > MANY_WEIGHTS { pairs } else { FEW_TASKS.div_ceil(inputs).min(pairs) };
        let pairs_of_task = pairs.div_ceil(parts);
        let parts = pairs.div_ceil(pairs_of_task);
        let shared = Shared::new(out);
        parallel::for_each(parts * inputs, |task| {
            let (part, region, which) = (task / inputs, task % regions, task % inputs / regions);
            let x = &x[which / g.group * image + which % g.group * group_planes * height * width * pixel..];
            for pair in part * pairs_of_task..pairs.min((part + 1) * pairs_of_task) {
                let block = which % g.group * blocks + pair * 2;
                for strip in region * strips_of_task..strips.min((region + 1) * strips_of_task) {
                    let (oy, ox) = (strip / strips_of_row, strip % strips_of_row * STRIP);
                    let at = (((which * blocks + pair * 2) * cells) + oy * g.output[1] + ox) * LANES;
                    let from = (oy * g.strides[0] * width + ox * g.strides[1]) * pixel;
                    let shape = Shape {
                        segments: &self.segments,
                        weights_block: depth * LANES,
                        stride: g.strides[1] * pixel,
                        pixels: STRIP.min(g.output[1] - ox),
                        blocks: (blocks - pair * 2).min(2),
                        out_block: cells * LANES,
                        activation: self.store.activation,
                    };
                    let weights = &self.weights.as_slice()[block * depth * LANES..];
                    let bias = &self.bias.as_slice()[block * LANES..];
                    // SAFETY: `at` is a pixel of the output, whose row has as many behind it as the
                    // strip, in each of its blocks. Strips and pairs are apart, so that no other
                    // task touches them; what is added has the extents of the output.
                    let strip = unsafe {
                        let (residual, out) = (addend.address(shared, at), shared.at(at));
                        Strip::new(shape, &x[from..], weights, Some(bias), residual, out)
                    };
                    self.isa.run(strip);
                }
            }
        });
    }
}

impl Kernel for ConvKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.input(0);
        let addend = Addend::of(self.store, io);
        let (out, scratch) = io.output_and_scratch();
        self.compute(x, addend, out, scratch);
    }

    fn in_place(&self) -> &[usize] {
        if self.store.residual { &[1] } else { &[] }
    }

    fn scratch(&self) -> usize {
        self.margin.map_or(0, |[height, width]| self.geometry.images * self.planes() * height * width * self.pixel())
    }
}

/// Where the summed elements of a pixel lie in an image of these extents, and the (channel, row,
/// column) of the weight for each of them.
fn segments(g: &Geometry, plain: bool, [height, width]: [usize; 2]) -> (Segments, Vec<[usize; 3]>) {
    let pixel = if plain { g.channels } else { LANES };
    let (mut segments, mut order) = (Vec::<Segment>::new(), Vec::new());
    for first in (0..g.channels).step_by(pixel.max(1)) {
        let len = pixel.min(g.channels - first);
        for (ky, kx) in (0..g.kernel[0]).flat_map(|ky| (0..g.kernel[1]).map(move |kx| (ky, kx))) {
            let offset = (first / pixel * height * width + ky * g.dilations[0] * width + kx * g.dilations[1]) * pixel;
            match segments.last_mut() {
                Some(last) if last.offset + last.len == offset => last.len += len,
                _ => segments.push(Segment { offset, len }),
            }
            order.extend((first..first + len).map(|c| [c, ky, kx]));
        }
    }
    (Segments::new(segments), order)
}

/// Vectors of 16 filters: block, then summed element; missing filters are zeros.
fn pack(g: &Geometry, order: &[[usize; 3]], weight: &[f32]) -> Arena {
    let blocks = g.filters.div_ceil(LANES);
    let depth = order.len();
    let mut packed = Arena::new(g.group * blocks * depth * LANES);
    parallel::chunks(packed.as_mut_slice(), depth * LANES, |block, packed| {
        let (group, first) = (block / blocks, block % blocks * LANES);
        for (vector, &[c, ky, kx]) in packed.chunks_exact_mut(LANES).zip(order) {
            for (lane, w) in vector.iter_mut().enumerate().take(g.filters - first) {
                let filter = group * g.filters + first + lane;
                *w = weight[((filter * g.channels + c) * g.kernel[0] + ky) * g.kernel[1] + kx];
            }
        }
    });
    packed
}
