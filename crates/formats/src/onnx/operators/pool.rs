//! Pooling.

use heatlens_graph::Tensor;
use heatlens_graph::ops::{self, Padding};

use super::window::{self, Window};
use super::{Context, Done, NodeWriter, Translated, flag, ints};

/// MaxPool; the indices of the maxima are not computed.
pub(super) fn max(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let spatial = window::spatial_rank(cx, x)?;
    let kernel = window::pooling_kernel(cx, spatial)?;
    let Window { kernel, strides, dilations, padding } = Window::new(cx, kernel, spatial)?;
    let op = ops::MaxPool { kernel, strides, dilations, padding, ceil_mode: cx.attributes().flag("ceil_mode", false)? };
    let x = window::as_2d(cx, x, spatial)?;
    window::finish(cx, op, &[x], spatial)
}

/// AveragePool.
pub(super) fn average(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let spatial = window::spatial_rank(cx, x)?;
    let kernel = window::pooling_kernel(cx, spatial)?;
    let Window { kernel, strides, dilations, padding } = Window::new(cx, kernel, spatial)?;
    if dilations != [1; 2] {
        return Err(cx.unsupported("an average pooling with dilation; a convolution with equal weights does the same"));
    }
    let attributes = cx.attributes();
    let (ceil_mode, count_include_pad) =
        (attributes.flag("ceil_mode", false)?, attributes.flag("count_include_pad", false)?);
    let op = ops::AveragePool { kernel, strides, padding, ceil_mode, count_include_pad };
    let x = window::as_2d(cx, x, spatial)?;
    window::finish(cx, op, &[x], spatial)
}

/// MaxPool. Runtimes count windows that hang over the edge in different ways where there is padding
/// or a gap between windows: these are made to fit by more padding.
pub(super) fn write_max(w: &mut NodeWriter<'_, '_>, op: &ops::MaxPool) -> Done {
    let plain = is_plain(op.padding, op.ceil_mode, op.strides, op.kernel, op.dilations);
    let padding = if plain { op.padding } else { Padding::Explicit(covering_pads(op, w.cells(0), w.output_cells())) };
    let mut attributes = window::written(op.strides, op.dilations, padding);
    attributes.push(ints("kernel_shape", &op.kernel));
    attributes.push(flag("ceil_mode", plain && op.ceil_mode));
    w.same("MaxPool", attributes)
}

/// Whether all runtimes agree on the windows of a pooling.
fn is_plain(padding: Padding, ceil: bool, strides: [usize; 2], kernel: [usize; 2], dilations: [usize; 2]) -> bool {
    let touching = strides[0] <= kernel[0] && strides[1] <= kernel[1];
    match padding {
        Padding::NONE => !ceil || touching,
        Padding::Explicit(_) => !ceil,
        Padding::SameUpper | Padding::SameLower => !ceil && touching && dilations == [1; 2],
    }
}

/// `[top, left, bottom, right]` with which as many windows end where the padded input does.
pub(super) fn covering_pads(op: &ops::MaxPool, cells: [usize; 2], windows: [usize; 2]) -> [usize; 4] {
    let mut pads = op.pads(&[1, 1, cells[0], cells[1]]);
    for axis in 0..2 {
        let reach = (windows[axis] - 1) * op.strides[axis] + (op.kernel[axis] - 1) * op.dilations[axis] + 1;
        pads[2 + axis] = reach.saturating_sub(cells[axis] + pads[axis]);
    }
    pads
}

/// AveragePool; as products with matrices where its windows hang over the edge, which runtimes
/// count in different ways.
pub(super) fn write_average(w: &mut NodeWriter<'_, '_>, op: &ops::AveragePool) -> Done {
    if !is_plain(op.padding, op.ceil_mode, op.strides, op.kernel, [1; 2]) {
        let [rows, columns] = average_of(op, w.cells(0), w.output_cells());
        return multiply_both(w, rows, columns);
    }
    let mut attributes = window::written(op.strides, [1; 2], op.padding);
    attributes.push(ints("kernel_shape", &op.kernel));
    attributes.push(flag("ceil_mode", op.ceil_mode));
    // Without padding, what hangs over the edge is all that could count.
    let counts = op.count_include_pad && op.padding != Padding::NONE;
    attributes.push(flag("count_include_pad", counts));
    w.same("AveragePool", attributes)
}

/// AdaptiveAveragePool, which ONNX has only where its windows do not overlap.
pub(super) fn write_adaptive(w: &mut NodeWriter<'_, '_>, op: &ops::AdaptiveAveragePool) -> Done {
    let cells = w.cells(0);
    let [rows, columns] = [0, 1].map(|axis| adaptive_matrix(cells[axis], op.output[axis]));
    multiply_both(w, rows, columns)
}

/// The weights of an axis of an average pooling's input in each of its windows.
pub(super) struct AxisMatrix {
    windows: usize,
    extent: usize,
    /// (windows, extent).
    weights: Vec<f32>,
}

impl AxisMatrix {
    fn new(windows: usize, extent: usize, weights: impl Fn(usize) -> (std::ops::Range<usize>, f32)) -> Self {
        let mut matrix = vec![0.0; windows * extent];
        for window in 0..windows {
            let (cells, weight) = weights(window);
            matrix[window * extent..][cells].fill(weight);
        }
        AxisMatrix { windows, extent, weights: matrix }
    }

    /// As (windows, extent).
    pub fn upright(&self) -> Tensor {
        Tensor::f32([self.windows, self.extent], self.weights.clone())
    }

    /// As (extent, windows).
    pub fn transposed(&self) -> Tensor {
        let cell = |i: usize| self.weights[i % self.windows * self.extent + i / self.windows];
        Tensor::f32([self.extent, self.windows], (0..self.weights.len()).map(cell).collect())
    }
}

/// The matrices of rows and columns of an average pooling of so many cells.
pub(super) fn average_of(op: &ops::AveragePool, cells: [usize; 2], windows: [usize; 2]) -> [AxisMatrix; 2] {
    [0, 1].map(|axis| {
        AxisMatrix::new(windows[axis], cells[axis], |i| {
            let window = op.window(&[1, 1, cells[0], cells[1]], axis, i);
            (window.start..window.end, 1.0 / window.counted as f32)
        })
    })
}

/// The matrix of one axis of an adaptive average pooling.
pub(super) fn adaptive_matrix(extent: usize, windows: usize) -> AxisMatrix {
    AxisMatrix::new(windows, extent, |i| {
        let cells = ops::AdaptiveAveragePool::window(extent, windows, i);
        (cells.clone(), 1.0 / cells.len() as f32)
    })
}

/// `rows · x · columnsᵀ` for each channel of `x (N, C, H, W)`.
fn multiply_both(w: &mut NodeWriter<'_, '_>, rows: AxisMatrix, columns: AxisMatrix) -> Done {
    let (x, rows, columns) = (w.input(0), w.constant(rows.upright()), w.constant(columns.transposed()));
    let half = w.step("MatMul", &[&rows, &x], vec![]);
    w.finish("MatMul", &[&half, &columns], vec![])
}
