//! What a kernel sees of memory while it runs.

use std::marker::PhantomData;
use std::ops::Range;

use heatlens_graph::Buffer;

use crate::arena::Arena;

/// Where a value is at run time.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// In the session's arena.
    Arena(Range<usize>),
    /// In the program.
    Constant(Buffer<f32>),
}

/// The places of a step's inputs, outputs and workspace in an arena of known extent. Every range is
/// inside it; outputs and workspace are apart from each other and from every input but the one that
/// is overwritten in place. [`Io`] relies on it, so that only [`Places::new`] makes them.
pub(crate) struct Places {
    inputs: Vec<Option<Source>>,
    outputs: Vec<Range<usize>>,
    scratch: Range<usize>,
    in_place: Option<usize>,
    /// Floats of the arena.
    arena: usize,
}

impl Places {
    /// Checked places; `None` where a range is outside the arena or two overlap that must not.
    pub(crate) fn new(
        inputs: Vec<Option<Source>>,
        outputs: Vec<Range<usize>>,
        scratch: Range<usize>,
        in_place: Option<usize>,
        arena: usize,
    ) -> Option<Places> {
        let places = Places { inputs, outputs, scratch, in_place, arena };
        places.is_sound().then_some(places)
    }

    /// The ranges of the outputs.
    pub(crate) fn outputs(&self) -> &[Range<usize>] {
        &self.outputs
    }

    /// The input that lies in the same memory as output 0.
    pub(crate) fn in_place(&self) -> Option<usize> {
        self.in_place
    }

    fn is_sound(&self) -> bool {
        let inside = |range: &Range<usize>| range.start <= range.end && range.end <= self.arena;
        let mut written: Vec<_> =
            self.outputs.iter().chain([&self.scratch]).filter(|range| !range.is_empty()).collect();
        written.sort_unstable_by_key(|range| range.start);
        let apart = |range: &Range<usize>| {
            let behind = written.partition_point(|other| other.end <= range.start);
            range.is_empty() || written.get(behind).is_none_or(|other| range.end <= other.start)
        };
        self.outputs.iter().chain([&self.scratch]).all(inside)
            && written.windows(2).all(|pair| pair[0].end <= pair[1].start)
            && self.inputs.iter().enumerate().all(|(i, input)| match input {
                Some(Source::Arena(range)) if self.in_place == Some(i) => *range == self.outputs[0],
                Some(Source::Arena(range)) => inside(range) && apart(range),
                _ => true,
            })
    }
}

/// A kernel's view of its arguments.
pub(crate) struct Io<'a> {
    places: &'a Places,
    arena: *mut f32,
    borrowed: PhantomData<&'a mut [f32]>,
}

impl<'a> Io<'a> {
    /// The arguments at `places`.
    ///
    /// # Panics
    /// If the arena is smaller than the one that the places were checked for.
    pub(crate) fn new(places: &'a Places, arena: &'a mut Arena) -> Self {
        let arena = arena.as_mut_slice();
        assert!(places.arena <= arena.len(), "the places are those of a larger arena");
        Io { places, arena: arena.as_mut_ptr(), borrowed: PhantomData }
    }

    /// Input `i`.
    ///
    /// # Panics
    /// If it was left out, or is overwritten in place: then [`Io::output`] holds it.
    pub(crate) fn input(&self, i: usize) -> &'a [f32] {
        assert!(self.places.in_place != Some(i), "input {i} is overwritten in place");
        match self.places.inputs[i].as_ref().expect("a required input") {
            Source::Constant(elements) => elements,
            // SAFETY: `Places` vouches for the range: it is inside the arena, which is borrowed
            // exclusively for `'a`, and apart from everything that `output` and
            // `output_and_scratch` hand out.
            Source::Arena(range) => unsafe { std::slice::from_raw_parts(self.arena.add(range.start), range.len()) },
        }
    }

    /// The input that output 0 holds at the start, to be overwritten.
    pub(crate) fn in_place(&self) -> Option<usize> {
        self.places.in_place()
    }

    /// Output `i`; what it holds at the start is unspecified, unless it is overwritten in place.
    pub(crate) fn output(&mut self, i: usize) -> &mut [f32] {
        // SAFETY: see `slice`; the borrow of `self` keeps other outputs and the workspace from
        // being handed out meanwhile.
        unsafe { self.slice(&self.places.outputs[i]) }
    }

    /// Output 0 and the workspace that [`Kernel::scratch`](crate::kernel::Kernel::scratch) asked
    /// for.
    pub(crate) fn output_and_scratch(&mut self) -> (&mut [f32], &mut [f32]) {
        // SAFETY: see `slice`; `Places` vouches that the two are apart.
        unsafe { (self.slice(&self.places.outputs[0]), self.slice(&self.places.scratch)) }
    }

    /// Fills what a kernel has to write before it may be read with NaN, so that a kernel that leaves
    /// some of it as it was does not pass by luck.
    pub(crate) fn poison(&mut self) {
        let overwritten = usize::from(self.in_place().is_some());
        for range in self.places.outputs[overwritten..].iter().chain([&self.places.scratch]) {
            // SAFETY: see `slice`; one range after the other.
            unsafe { self.slice(range) }.fill(f32::NAN);
        }
    }

    /// # Safety
    /// `range` is an output or the workspace of the places, and handed out once at a time.
    #[allow(clippy::mut_from_ref)]
    unsafe fn slice(&self, range: &Range<usize>) -> &mut [f32] {
        // SAFETY: `Places` vouches that the range is inside the arena and apart from every input
        // that is handed out; the caller sees to the rest.
        unsafe { std::slice::from_raw_parts_mut(self.arena.add(range.start), range.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_overlap_or_leave_the_arena_are_refused() {
        let input = |range: Range<usize>| vec![Some(Source::Arena(range))];
        let places = |inputs, output: Range<usize>, scratch, in_place| {
            Places::new(inputs, vec![output], scratch, in_place, 100).is_some()
        };
        assert!(places(input(0..16), 16..32, 32..100, None));
        assert!(!places(input(0..16), 16..32, 32..101, None));
        assert!(!places(input(0..17), 16..32, 32..64, None));
        assert!(!places(input(0..16), 16..32, 31..64, None));
        assert!(!places(input(90..101), 16..32, 32..64, None));
        assert!(places(input(16..32), 16..32, 32..64, Some(0)));
        assert!(!places(input(15..32), 16..32, 32..64, Some(0)));
        assert!(!places(input(16..32), 16..32, 20..24, Some(0)));
    }

    #[test]
    #[should_panic(expected = "larger arena")]
    fn a_smaller_arena_is_refused() {
        let places = Places::new(vec![], vec![0..32, 32..64], 64..64, None, 64).unwrap();
        Io::new(&places, &mut Arena::new(32));
    }
}
