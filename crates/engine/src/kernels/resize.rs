//! Interpolation along height and width.

use heatlens_graph::ops::{AxisWeights, Resize, axis_weights};

use crate::context::Context;
use crate::io::Io;
use crate::kernel::{Kernel, Lowered, Refusal};
use crate::parallel;

/// The kernel of `Resize`.
pub(super) fn resize(op: &Resize, ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    let (x, y) = (ctx.shape(0), ctx.output(0));
    let scales = match ctx.constant(2) {
        Some(scales) if scales.len() == x.len() => Some(scales),
        _ => None,
    };
    if x.len() != 4 || x[..2] != y[..2] {
        return Err("only height and width of a 4-dimensional activation can be resized".into());
    }
    let weights = |axis: usize| axis_weights(op, x[axis], y[axis], scales.map(|s| s[axis]));
    let (rows, columns) = (weights(2), weights(3));
    if rows.is_identity(x[2]) && columns.is_identity(x[3]) {
        return Ok(Lowered::View);
    }
    Ok(ResizeKernel { input: [x[2], x[3]], output: [y[2], y[3]], rows, columns }.into())
}

struct ResizeKernel {
    input: [usize; 2],
    output: [usize; 2],
    rows: AxisWeights,
    columns: AxisWeights,
}

impl Kernel for ResizeKernel {
    fn run(&self, io: &mut Io<'_>) {
        let ([height, width], [_, out_width]) = (self.input, self.output);
        let x = io.input(0);
        parallel::chunks(io.output(0), self.output[0] * out_width, |plane, out| {
            let x = &x[plane * height * width..][..height * width];
            // Height first, row by row: the input's rows are then read as they lie.
            parallel::with_scratch(width, |blend| {
                for (i, out) in out.chunks_exact_mut(out_width).enumerate() {
                    let taps = self.rows.taps;
                    blend.fill(0.0);
                    let pairs = self.rows.sources[i * taps..][..taps].iter().zip(&self.rows.weights[i * taps..]);
                    // A cell of weight 0 does not count, even if it is infinite.
                    for (&source, &weight) in pairs.filter(|(_, weight)| **weight != 0.0) {
                        let row = &x[source * width..][..width];
                        blend.iter_mut().zip(row).for_each(|(sum, &x)| *sum += weight * x);
                    }
                    let taps = self.columns.taps;
                    for (j, y) in out.iter_mut().enumerate() {
                        let pairs =
                            self.columns.sources[j * taps..][..taps].iter().zip(&self.columns.weights[j * taps..]);
                        *y = pairs
                            .map(|(&source, &weight)| if weight == 0.0 { 0.0 } else { weight * blend[source] })
                            .sum();
                    }
                }
            });
        });
    }
}
