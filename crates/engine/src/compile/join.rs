//! Concatenation without copying: the parts are written where they are to lie.

use super::draft::DraftStep;
use crate::context::{BufferId, Place};

/// Which buffers lie inside others.
pub(super) struct Views {
    /// The buffer around each, and where in it.
    around: Vec<Option<(BufferId, usize)>>,
    /// Whether others lie inside.
    holds: Vec<bool>,
}

impl Views {
    /// The outermost buffer around one (itself where there is none), and where it begins in it.
    pub(super) fn locate(&self, id: BufferId) -> (BufferId, usize) {
        let (mut id, mut at) = (id, 0);
        while let Some(&Some((around, offset))) = self.around.get(id) {
            (id, at) = (around, at + offset);
        }
        (id, at)
    }

    /// Whether a buffer shares memory with others, so that nothing may overwrite it.
    pub(super) fn shared(&self, id: BufferId) -> bool {
        self.around[id].is_some() || self.holds[id]
    }

    fn put(&mut self, id: BufferId, around: BufferId, at: usize) {
        self.around[id] = Some((around, at));
        self.holds[around] = true;
    }

    /// Arranges for a joint buffer to be made by whoever makes its parts, if that can be.
    fn joined(&mut self, parts: &[BufferId], output: BufferId, buffers: &[usize]) -> bool {
        let twice = |i: usize| parts[..i].contains(&parts[i]);
        if (0..parts.len()).any(twice) {
            return false;
        }
        if parts.iter().all(|&part| self.around[part].is_none()) {
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
        let free = self.around[output].is_none() && around != output;
        if in_order && free {
            self.put(output, around, first);
        }
        in_order && free
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
    for i in (0..steps.len()).rev().filter(|&i| steps[i].kernel.joins()).collect::<Vec<_>>() {
        let parts: Option<Vec<BufferId>> = steps[i].inputs.iter().map(buffer).collect();
        if parts.is_some_and(|parts| views.joined(&parts, steps[i].outputs[0], buffers)) {
            steps.remove(i);
        }
    }
    views
}
