//! One kernel with the places of its arguments.

use std::ops::Range;

use heatlens_graph::Buffer;

use crate::arena::Arena;
use crate::kernels::Kernel;

/// Where a value is at run time.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// In the session's arena.
    Arena(Range<usize>),
    /// In the program.
    Constant(Buffer<f32>),
}

/// A kernel and the places of its inputs, outputs and workspace.
pub(crate) struct Step {
    pub(crate) kernel: Box<dyn Kernel>,
    pub(crate) inputs: Vec<Option<Source>>,
    pub(crate) outputs: Vec<Range<usize>>,
    pub(crate) scratch: Range<usize>,
    /// The input that lies in the same memory as output 0.
    pub(crate) in_place: Option<usize>,
    pub(crate) op: &'static str,
    pub(crate) node: String,
}

impl Step {
    /// Runs the kernel.
    pub(crate) fn run(&self, arena: &mut Arena) {
        let arena = arena.as_mut_slice();
        self.kernel.run(&mut Io { step: self, arena: arena.as_mut_ptr(), len: arena.len() });
    }

    /// Whether every output and the workspace are apart from each other and from all inputs but the
    /// one that is overwritten in place, and inside an arena of `len` floats.
    pub(crate) fn is_sound(&self, len: usize) -> bool {
        let written: Vec<_> = self.outputs.iter().chain([&self.scratch]).collect();
        let apart =
            |a: &Range<usize>, b: &Range<usize>| a.is_empty() || b.is_empty() || a.end <= b.start || b.end <= a.start;
        let inside = |a: &Range<usize>| a.start <= a.end && a.end <= len;
        let disjoint = |(i, a): (usize, &&Range<usize>)| written[..i].iter().all(|b| apart(a, b));
        written.iter().all(|a| inside(a))
            && written.iter().enumerate().all(disjoint)
            && self.inputs.iter().enumerate().all(|(i, input)| match input {
                Some(Source::Arena(range)) if self.in_place == Some(i) => *range == self.outputs[0],
                Some(Source::Arena(range)) => inside(range) && written.iter().all(|b| apart(range, b)),
                _ => true,
            })
    }
}

/// A kernel's view of its arguments.
pub(crate) struct Io<'a> {
    step: &'a Step,
    arena: *mut f32,
    len: usize,
}

impl<'a> Io<'a> {
    /// Input `i`.
    ///
    /// # Panics
    /// If it was left out, or is overwritten in place: then [`Io::output`] holds it.
    pub(crate) fn input(&self, i: usize) -> &'a [f32] {
        assert!(self.step.in_place != Some(i), "input {i} is overwritten in place");
        match self.step.inputs[i].as_ref().expect("a required input") {
            Source::Constant(elements) => elements,
            Source::Arena(range) => {
                debug_assert!(range.end <= self.len);
                // SAFETY: the plan has been checked by `Step::is_sound`: the range is inside the
                // arena, which is borrowed exclusively for the step, and apart from everything that
                // `output` and `scratch` hand out.
                unsafe { std::slice::from_raw_parts(self.arena.add(range.start), range.len()) }
            }
        }
    }

    /// The input that output 0 holds at the start, to be overwritten.
    pub(crate) fn in_place(&self) -> Option<usize> {
        self.step.in_place
    }

    /// Output `i`; what it holds at the start is unspecified, unless it is overwritten in place.
    pub(crate) fn output(&mut self, i: usize) -> &mut [f32] {
        // SAFETY: see `slice`; the borrow of `self` keeps other outputs and the workspace from
        // being handed out meanwhile.
        unsafe { self.slice(&self.step.outputs[i]) }
    }

    /// Output 0 and the workspace that [`Kernel::scratch`] asked for.
    pub(crate) fn output_and_scratch(&mut self) -> (&mut [f32], &mut [f32]) {
        // SAFETY: see `slice`; `Step::is_sound` has checked that the two are apart.
        unsafe { (self.slice(&self.step.outputs[0]), self.slice(&self.step.scratch)) }
    }

    /// # Safety
    /// `range` is an output or the workspace of the step, and handed out once at a time.
    #[allow(clippy::mut_from_ref)]
    unsafe fn slice(&self, range: &Range<usize>) -> &mut [f32] {
        debug_assert!(range.end <= self.len);
        // SAFETY: `Step::is_sound` has checked that the range is inside the arena and apart from
        // every input; the caller sees to the rest.
        unsafe { std::slice::from_raw_parts_mut(self.arena.add(range.start), range.len()) }
    }
}
