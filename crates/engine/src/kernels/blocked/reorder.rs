//! From plain buffers to blocked ones and back.

use crate::io::Io;
use crate::kernel::Kernel;
use crate::parallel;
use crate::simd::LANES;

/// Extents of the buffer that is reordered.
#[derive(Clone, Copy, Debug)]
struct Extents {
    channels: usize,
    cells: usize,
}

impl Extents {
    fn new(shape: &[usize]) -> Self {
        Extents { channels: shape[1], cells: shape[2] * shape[3] }
    }

    fn blocks(self) -> usize {
        self.channels.div_ceil(LANES)
    }
}

/// Makes a plain buffer of this shape blocked.
pub(crate) fn to_blocked(shape: &[usize]) -> Box<dyn Kernel> {
    Box::new(ToBlocked(Extents::new(shape)))
}

/// Makes a blocked buffer of this shape plain.
pub(crate) fn to_plain(shape: &[usize]) -> Box<dyn Kernel> {
    Box::new(ToPlain(Extents::new(shape)))
}

struct ToBlocked(Extents);

impl Kernel for ToBlocked {
    fn run(&self, io: &mut Io<'_>) {
        let (Extents { channels, cells }, blocks, x) = (self.0, self.0.blocks(), io.input(0));
        parallel::chunks(io.output(0), cells * LANES, |i, out| {
            let first = i % blocks * LANES;
            let x = &x[(i / blocks * channels + first) * cells..];
            let here = LANES.min(channels - first);
            for (cell, to) in out.chunks_exact_mut(LANES).enumerate() {
                to[..here].iter_mut().enumerate().for_each(|(lane, to)| *to = x[lane * cells + cell]);
                to[here..].fill(0.0);
            }
        });
    }
}

struct ToPlain(Extents);

impl Kernel for ToPlain {
    fn run(&self, io: &mut Io<'_>) {
        let (Extents { channels, cells }, blocks, x) = (self.0, self.0.blocks(), io.input(0));
        parallel::chunks(io.output(0), cells, |i, out| {
            let (image, channel) = (i / channels, i % channels);
            let x = &x[(image * blocks + channel / LANES) * cells * LANES + channel % LANES..];
            out.iter_mut().zip(x.iter().step_by(LANES)).for_each(|(to, &x)| *to = x);
        });
    }
}
