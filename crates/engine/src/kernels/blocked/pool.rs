//! Pooling on blocked buffers: windows of vectors of sixteen channels.

use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::pool::{MaxWindows, MeanWindows};
use crate::parallel;
use crate::simd::{Isa, LANES, Simd, Task};

/// Max-pooling.
pub(super) struct MaxKernel {
    pub(super) windows: MaxWindows,
    pub(super) isa: Isa,
}

impl Kernel for MaxKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (w, x) = (&self.windows, io.input(0));
        let cells = w.input[0] * w.input[1] * LANES;
        parallel::chunks(io.output(0), w.output[0] * w.output[1] * LANES, |plane, out| {
            self.isa.run(MaxPlane { windows: w, x: &x[plane * cells..][..cells], out });
        });
    }
}

struct MaxPlane<'a> {
    windows: &'a MaxWindows,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Task for MaxPlane<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let w = self.windows;
        for (i, out) in self.out.chunks_exact_mut(LANES).enumerate() {
            let mut largest = [f32::NEG_INFINITY; LANES];
            for y in w.taps(0, i / w.output[1]) {
                for x in w.taps(1, i % w.output[1]) {
                    let x = &self.x[(y * w.input[1] + x) * LANES..][..LANES];
                    // What is no number counts as the largest.
                    largest.iter_mut().zip(x).for_each(|(y, &x)| *y = if x > *y || x.is_nan() { x } else { *y });
                }
            }
            out.copy_from_slice(&largest);
        }
    }
}

/// Average pooling of any kind.
pub(super) struct MeanKernel {
    pub(super) windows: MeanWindows,
    pub(super) isa: Isa,
}

impl Kernel for MeanKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (w, x) = (&self.windows, io.input(0));
        let cells = w.input[0] * w.input[1] * LANES;
        parallel::chunks(io.output(0), w.len() * LANES, |plane, out| {
            self.isa.run(MeanPlane { windows: w, x: &x[plane * cells..][..cells], out });
        });
    }
}

struct MeanPlane<'a> {
    windows: &'a MeanWindows,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Task for MeanPlane<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let width = self.windows.input[1] * LANES;
        self.windows.each(|window, rows, columns, divisor| {
            let mut sum = [0.0; LANES];
            for row in self.x[rows.start * width..rows.end * width].chunks_exact(width) {
                let mut of_row = [0.0; LANES];
                for x in row[columns.start * LANES..columns.end * LANES].chunks_exact(LANES) {
                    of_row.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
                }
                sum.iter_mut().zip(of_row).for_each(|(sum, of_row)| *sum += of_row);
            }
            self.out[window * LANES..][..LANES].iter_mut().zip(sum).for_each(|(y, sum)| *y = sum / divisor);
        });
    }
}
