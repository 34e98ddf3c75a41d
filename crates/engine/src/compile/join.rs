//! Concatenation without copying: the parts are written where they are to lie.

use super::draft::DraftStep;
use crate::context::{BufferId, Place};

/// Which buffers lie inside others.
pub(super) struct Views {
    /// The outermost buffer around each, and where in it.
    around: Vec<Option<(BufferId, usize)>>,
    /// Whether others lie inside.
    holds: Vec<bool>,
}

impl Views {
    /// The outermost buffer around one (itself where there is none), and where it begins in it.
    pub(super) fn locate(&self, id: BufferId) -> (BufferId, usize) {
        self.around.get(id).copied().flatten().unwrap_or((id, 0))
    }

    /// Whether a buffer shares memory with others, so that nothing may overwrite it.
    pub(super) fn shared(&self, id: BufferId) -> bool {
        !self.is_alone(id)
    }

    fn is_alone(&self, id: BufferId) -> bool {
        self.around[id].is_none() && !self.holds[id]
    }

    /// Puts a buffer in which no other lies into one around it, at position `at`.
    fn put(&mut self, id: BufferId, around: BufferId, at: usize) {
        let (outermost, offset) = self.locate(around);
        self.around[id] = Some((outermost, offset + at));
        self.holds[outermost] = true;
    }

    /// Arranges for a joint buffer to be made by whoever makes its parts, if that can be.
    fn joined(&mut self, parts: &[BufferId], output: BufferId, buffers: &[usize]) -> bool {
        let mut sorted = parts.to_vec();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return false;
        }
        if parts.iter().all(|&part| self.is_alone(part)) {
            let mut at = 0;
            for &part in parts {
                self.put(part, output, at);
                at += buffers[part];
            }
            return true;
        }
        // They may lie in order already: in a dense block each concatenation is the beginning of
        // the next.
        let (around, first) = self.locate(parts[0]);
        let mut next = first;
        let in_order = parts.iter().all(|&part| {
            let at = next;
            next += buffers[part];
            self.locate(part) == (around, at)
        });
        let fits = in_order && around != output && self.is_alone(output);
        if fits {
            self.put(output, around, first);
        }
        fits
    }
}

/// Removes the steps that only join buffers, from the last to the first, as far as their inputs can
/// be made in place.
pub(super) fn join(steps: &mut Vec<DraftStep>, buffers: &[usize]) -> Views {
    let mut views = Views { around: vec![None; buffers.len()], holds: vec![false; buffers.len()] };
    let buffer = |place: &Option<Place>| match place {
        Some(Place::Buffer(id)) => Some(*id),
        _ => None,
    };
    let mut joined = vec![false; steps.len()];
    for (step, joined) in steps.iter().zip(&mut joined).rev().filter(|(step, _)| step.kernel.joins()) {
        let parts: Option<Vec<BufferId>> = step.inputs.iter().map(buffer).collect();
        *joined = parts.is_some_and(|parts| views.joined(&parts, step.outputs[0], buffers));
    }
    let mut joined = joined.into_iter();
    steps.retain(|_| !joined.next().expect("one for each step"));
    views
}
