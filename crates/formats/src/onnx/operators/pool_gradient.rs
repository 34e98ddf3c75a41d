//! What the gradients of poolings are written as; ONNX has none of them.

use heatlens_graph::{Tensor, ops};

use super::pool::{AxisMatrix, adaptive_matrix, average_of, covering_pads};
use super::{Done, Element, NodeWriter, flag, int, ints};

/// AveragePoolGrad: products with the transposed matrices of the pooling.
pub(super) fn write_average(w: &mut NodeWriter<'_, '_>, op: &ops::AveragePoolGrad) -> Done {
    let matrices = average_of(&op.pool, op.input, w.cells(0));
    multiply_back(w, matrices)
}

/// AdaptiveAveragePoolGrad: products with the transposed matrices of the pooling.
pub(super) fn write_adaptive(w: &mut NodeWriter<'_, '_>, op: &ops::AdaptiveAveragePoolGrad) -> Done {
    let windows = w.cells(0);
    multiply_back(w, [0, 1].map(|axis| adaptive_matrix(op.input[axis], windows[axis])))
}

/// `rowsᵀ · dy · columns` for each channel of `dy (N, C, H, W)`.
fn multiply_back(w: &mut NodeWriter<'_, '_>, [rows, columns]: [AxisMatrix; 2]) -> Done {
    let (dy, rows, columns) = (w.input(0), w.constant(rows.transposed()), w.constant(columns.upright()));
    let half = w.step("MatMul", &[&rows, &dy], vec![]);
    w.finish("MatMul", &[&half, &columns], vec![])
}

/// MaxPoolGrad: the cotangent of each window at its winner, spread by a transposed convolution
/// whose kernels each have a single 1.
pub(super) fn write_max(w: &mut NodeWriter<'_, '_>, op: &ops::MaxPoolGrad) -> Done {
    let rows_and_columns = w.cells(1);
    let windows = Windows::new(w, &op.pool, rows_and_columns);
    let winners = windows.winners(w);
    let (dy, shape) = (w.input(1), w.apart(windows.windows));
    let dy = w.step("Reshape", &[&dy, &shape], vec![]);
    let at_winners = w.step("Mul", &[&winners, &dy], vec![]);
    let dx = windows.spread(w, &at_winners);
    let shape = w.together(windows.cells);
    w.finish("Reshape", &[&dx, &shape], vec![])
}

/// MaxPoolPick: the second input where the first has the winner of each window.
pub(super) fn write_max_pick(w: &mut NodeWriter<'_, '_>, op: &ops::MaxPoolPick) -> Done {
    let rows_and_columns = w.output_cells();
    let windows = Windows::new(w, &op.pool, rows_and_columns);
    let winners = windows.winners(w);
    let taps = windows.taps(w, 1, 0.0);
    let picked = w.step("Mul", &[&winners, &taps], vec![]);
    let axis = w.ints(&[1]);
    let sum = w.step("ReduceSum", &[&picked, &axis], vec![flag("keepdims", true)]);
    let shape = w.together(windows.windows);
    w.finish("Reshape", &[&sum, &shape], vec![])
}

impl NodeWriter<'_, '_> {
    /// The shape (N · C, 1, height, width) for a Reshape.
    fn apart(&mut self, [height, width]: [usize; 2]) -> String {
        self.constant(Tensor::ints(&[-1, 1, height as i64, width as i64]))
    }

    /// The shape (N, C, height, width) for a Reshape, of as many channels as input 0 has.
    fn together(&mut self, [height, width]: [usize; 2]) -> String {
        let channels = self.extent(0, 1);
        self.constant(Tensor::ints(&[-1, channels as i64, height as i64, width as i64]))
    }
}

/// The windows of a max pooling, each channel of each image for itself.
struct Windows {
    pool: ops::MaxPool,
    /// `[top, left, bottom, right]`.
    pads: [usize; 4],
    /// Height and width of the pooling's input.
    cells: [usize; 2],
    /// Windows, `[rows, columns]`.
    windows: [usize; 2],
}

impl Windows {
    fn new(w: &mut NodeWriter<'_, '_>, pool: &ops::MaxPool, windows: [usize; 2]) -> Self {
        let cells = w.cells(0);
        Windows { pool: *pool, pads: covering_pads(pool, cells, windows), cells, windows }
    }

    fn taps_each(&self) -> usize {
        self.pool.kernel[0] * self.pool.kernel[1]
    }

    /// The cells of input `i` in each window, (images · channels, cells, rows, columns): one slice
    /// a cell, in row-major order.
    fn taps(&self, w: &mut NodeWriter<'_, '_>, i: usize, padding: f32) -> String {
        let (x, shape) = (w.input(i), w.apart(self.cells));
        let x = w.step("Reshape", &[&x, &shape], vec![]);
        let [top, left, bottom, right] = self.pads;
        let (pads, padding) = (w.ints(&[top, left, bottom, right]), w.scalar(padding));
        let (axes, steps) = (w.ints(&[2, 3]), w.ints(&self.pool.strides));
        let padded = w.step("Pad", &[&x, &pads, &padding, &axes], vec![]);
        let mut taps = Vec::with_capacity(self.taps_each());
        for cell in 0..self.taps_each() {
            let at = [cell / self.pool.kernel[1], cell % self.pool.kernel[1]];
            let starts = [0, 1].map(|axis| at[axis] * self.pool.dilations[axis]);
            let ends = [0, 1].map(|axis| starts[axis] + (self.windows[axis] - 1) * self.pool.strides[axis] + 1);
            let (starts, ends) = (w.ints(&starts), w.ints(&ends));
            taps.push(w.step("Slice", &[&padded, &starts, &ends, &axes, &steps], vec![]));
        }
        w.step("Concat", &taps.iter().map(String::as_str).collect::<Vec<_>>(), vec![int("axis", 1)])
    }

    /// 1 at the first largest cell of each window of input 0, 0 elsewhere; shaped as
    /// [`Windows::taps`].
    fn winners(&self, w: &mut NodeWriter<'_, '_>) -> String {
        let cells = self.taps_each();
        let taps = self.taps(w, 0, f32::NEG_INFINITY);
        let axis = w.ints(&[1]);
        let largest = w.step("ReduceMax", &[&taps, &axis], vec![flag("keepdims", true)]);
        let is_largest = w.step("Equal", &[&taps, &largest], vec![]);
        let place = w.constant(Tensor::f32([1, cells, 1, 1], (0..cells).map(|i| i as f32).collect()));
        let none = w.scalar(cells as f32);
        let candidate = w.step("Where", &[&is_largest, &place, &none], vec![]);
        let first = w.step("ReduceMin", &[&candidate, &axis], vec![flag("keepdims", true)]);
        let wins = w.step("Equal", &[&place, &first], vec![]);
        w.step("Cast", &[&wins], vec![int("to", Element::F32.number().into())])
    }

    /// Puts the cells of all windows back to their places and sums them: (images · channels, 1,
    /// height, width).
    fn spread(&self, w: &mut NodeWriter<'_, '_>, taps: &str) -> String {
        let (cells, [kernel_height, kernel_width]) = (self.taps_each(), self.pool.kernel);
        let mut weight = vec![0.0; cells * cells];
        (0..cells).for_each(|cell| weight[cell * cells + cell] = 1.0);
        let weight = w.constant(Tensor::f32([cells, 1, kernel_height, kernel_width], weight));
        // Cells behind the last window are in none of them.
        let behind = [0, 1].map(|axis| {
            let reach = (self.windows[axis] - 1) * self.pool.strides[axis]
                + (self.pool.kernel[axis] - 1) * self.pool.dilations[axis]
                + 1;
            (self.cells[axis] + self.pads[axis]).saturating_sub(reach)
        });
        let attributes = vec![
            ints("strides", &self.pool.strides),
            ints("dilations", &self.pool.dilations),
            ints("pads", &self.pads),
            ints("output_padding", &behind),
        ];
        w.step("ConvTranspose", &[taps, &weight], attributes)
    }
}
