//! Memory for activations, aligned to cache lines.

use crate::simd::LANES;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// A fixed number of floats at addresses that are multiples of 64 bytes.
#[derive(Default)]
pub(crate) struct Arena {
    lines: Vec<Line>,
}

impl Arena {
    /// No memory.
    pub(crate) const fn empty() -> Self {
        Arena { lines: Vec::new() }
    }

    /// At least `len` zeros.
    pub(crate) fn new(len: usize) -> Self {
        Arena { lines: vec![Line([0.0; LANES]); len.div_ceil(LANES)] }
    }

    /// Number of floats.
    pub(crate) fn len(&self) -> usize {
        self.lines.len() * LANES
    }

    /// The floats.
    pub(crate) fn as_slice(&self) -> &[f32] {
        // SAFETY: `Line` is 16 floats without padding, so the lines are one run of initialised
        // floats.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len()) }
    }

    /// The floats.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [f32] {
        let len = self.len();
        // SAFETY: as in `as_slice`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), len) }
    }
}
