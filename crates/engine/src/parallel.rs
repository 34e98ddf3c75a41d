//! Splitting work over the current rayon pool. How work is split never depends on the number of
//! threads, so neither do results.

use std::cell::RefCell;

use rayon::prelude::*;

use crate::arena::Arena;

/// Calls `work` for 0 … n, on several threads if the pool has them.
pub(crate) fn for_each(n: usize, work: impl Fn(usize) + Send + Sync) {
    if n < 2 || rayon::current_num_threads() == 1 {
        (0..n).for_each(work);
    } else {
        (0..n).into_par_iter().for_each(work);
    }
}

/// Calls `work` with the index and the elements of each chunk of `out`.
pub(crate) fn chunks(out: &mut [f32], chunk: usize, work: impl Fn(usize, &mut [f32]) + Send + Sync) {
    if out.is_empty() || chunk == 0 {
        return;
    }
    if out.len() <= chunk || rayon::current_num_threads() == 1 {
        out.chunks_mut(chunk).enumerate().for_each(|(i, c)| work(i, c));
    } else {
        out.par_chunks_mut(chunk).enumerate().for_each(|(i, c)| work(i, c));
    }
}

/// Elements of one piece of elementwise work: large enough that handing it to another thread pays.
pub(crate) const GRAIN: usize = 16 * 1024;

thread_local! {
    /// What is not in use, the last returned on top: calls that nest the same way find the memory
    /// that they had before.
    static SCRATCH: RefCell<Vec<Arena>> = const { RefCell::new(Vec::new()) };
}

/// Lends `len` floats of this thread's own memory to `work`; what they hold is unspecified. The
/// memory is kept for the next call.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken out while in use: a nested call gets memory of its own.
    let mut arena = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_else(Arena::empty);
    if arena.len() < len {
        arena = Arena::new(len);
    }
    let scratch = &mut arena.as_mut_slice()[..len];
    if cfg!(debug_assertions) {
        scratch.fill(f32::NAN);
    }
    let result = work(scratch);
    SCRATCH.with_borrow_mut(|free| free.push(arena));
    result
}

/// A pointer that several threads write through, each to elements of its own.
#[derive(Clone, Copy)]
pub(crate) struct Shared(*mut f32);

// SAFETY: whoever writes through it promises, at the write, that no other thread touches the same
// elements.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// Shares the elements of a slice for as long as the caller keeps the slice borrowed.
    pub(crate) fn new(slice: &mut [f32]) -> Self {
        Shared(slice.as_mut_ptr())
    }

    /// The address of element `i`.
    ///
    /// # Safety
    /// `i` must lie within the slice (or one past its end).
    #[inline(always)]
    pub(crate) unsafe fn at(self, i: usize) -> *mut f32 {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(i) }
    }
}
