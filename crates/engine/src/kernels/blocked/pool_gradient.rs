//! Gradients of pooling on blocked buffers.

use crate::io::Io;
use crate::kernel::Kernel;
use crate::kernels::pool::{MaxWindows, MeanWindows};
use crate::parallel;
use crate::simd::{Isa, LANES, Simd, Task};

/// Gradient of max-pooling: each window's goes to the first of its largest cells, lane by lane;
/// what is no number counts as the largest.
pub(super) struct MaxGradKernel {
    pub(super) windows: MaxWindows,
    pub(super) isa: Isa,
}

impl Kernel for MaxGradKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (w, x, dy) = (&self.windows, io.input(0), io.input(1));
        let (cells, windows) = (w.input[0] * w.input[1] * LANES, w.output[0] * w.output[1] * LANES);
        parallel::chunks(io.output(0), cells, |plane, dx| {
            self.isa.run(MaxGradPlane {
                windows: w,
                x: &x[plane * cells..][..cells],
                dy: &dy[plane * windows..][..windows],
                dx,
            });
        });
    }
}

struct MaxGradPlane<'a> {
    windows: &'a MaxWindows,
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Task for MaxGradPlane<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let MaxGradPlane { windows: w, x, dy, dx } = self;
        dx.fill(0.0);
        for (i, dy) in dy.chunks_exact(LANES).enumerate() {
            // Plain loops: iterators with closures would not be compiled with the instructions of
            // `S`.
            let [top, rows, down] = w.span(0, i / w.output[1]);
            let [left, columns, right] = w.span(1, i % w.output[1]);
            let mut largest = [f32::NEG_INFINITY; LANES];
            let mut chosen = [0; LANES];
            for tap in 0..rows * columns {
                let cell = (top + tap / columns * down) * w.input[1] + left + tap % columns * right;
                let x = &x[cell * LANES..][..LANES];
                for lane in 0..LANES {
                    let wins = (x[lane] > largest[lane]) | x[lane].is_nan();
                    largest[lane] = if wins { x[lane] } else { largest[lane] };
                    chosen[lane] = if wins { tap as u32 } else { chosen[lane] };
                }
            }
            for tap in 0..rows * columns {
                let cell = (top + tap / columns * down) * w.input[1] + left + tap % columns * right;
                let dx = &mut dx[cell * LANES..][..LANES];
                for lane in 0..LANES {
                    dx[lane] += if chosen[lane] == tap as u32 { dy[lane] } else { 0.0 };
                }
            }
        }
    }
}

/// Gradient of average pooling of any kind.
pub(super) struct MeanGradKernel {
    pub(super) windows: MeanWindows,
    pub(super) isa: Isa,
}

impl Kernel for MeanGradKernel {
    fn run(&self, io: &mut Io<'_>) {
        let (w, dy) = (&self.windows, io.input(0));
        let windows = w.len() * LANES;
        parallel::chunks(io.output(0), w.input[0] * w.input[1] * LANES, |plane, dx| {
            self.isa.run(MeanGradPlane { windows: w, dy: &dy[plane * windows..][..windows], dx });
        });
    }
}

struct MeanGradPlane<'a> {
    windows: &'a MeanWindows,
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Task for MeanGradPlane<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let MeanGradPlane { windows, dy, dx } = self;
        let width = windows.input[1] * LANES;
        dx.fill(0.0);
        windows.each(|window, rows, columns, divisor| {
            let mut share = [0.0; LANES];
            share.iter_mut().zip(&dy[window * LANES..][..LANES]).for_each(|(share, dy)| *share = dy / divisor);
            for row in dx[rows.start * width..rows.end * width].chunks_exact_mut(width) {
                for cell in row[columns.start * LANES..columns.end * LANES].chunks_exact_mut(LANES) {
                    cell.iter_mut().zip(share).for_each(|(cell, share)| *cell += share);
                }
            }
        });
    }
}
