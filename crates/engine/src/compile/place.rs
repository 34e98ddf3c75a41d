//! Addresses for buffers in one arena: those that are never alive together may share memory.

use std::ops::Range;

use crate::error::EngineError;
use crate::simd::LANES;

/// Steps during which a buffer holds something, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The end of a life that no step ends.
pub(super) const FOREVER: usize = usize::MAX;

/// Addresses for buffers so that those alive together are apart: the largest first, each at the
/// lowest address that is free. Returns the arena's extent too. `steps` is how many steps there are;
/// buffers without a life get no memory.
pub(super) fn place(
    buffers: &[usize],
    lives: &[Option<Life>],
    steps: usize,
) -> Result<(Vec<usize>, usize), EngineError> {
    let too_large = || EngineError::TooLarge { bytes: buffers.iter().map(|&len| len as u128 * 4).sum() };
    let mut order: Vec<(usize, Life)> = (0..buffers.len()).filter_map(|id| Some((id, lives[id]?))).collect();
    order.sort_by_key(|&(id, _)| std::cmp::Reverse(buffers[id]));
    let mut addresses = vec![0; buffers.len()];
    let mut taken = Taken::new(steps);
    let mut arena = 0usize;
    for (id, life) in order {
        let len = buffers[id].checked_next_multiple_of(LANES).ok_or_else(too_large)?;
        let address = taken.lowest_free(life, len).ok_or_else(too_large)?;
        let end = address.checked_add(len).filter(|end| *end <= isize::MAX as usize / 8).ok_or_else(too_large)?;
        taken.take(life, address..end);
        addresses[id] = address;
        arena = arena.max(end);
    }
    Ok((addresses, arena))
}

/// Which addresses are taken at which steps: a binary tree over the steps, whose root is node 1 and
/// where the children of node i are 2i and 2i + 1. Looking and taking touch a few nodes of each
/// level, and stacked buffers are one range, so that neither depends on how many are alive together.
struct Taken {
    /// Leaves: a power of two.
    steps: usize,
    /// For each node what buffers take whose lives have all of its steps, but not all of its
    /// parent's.
    always: Vec<Ranges>,
    /// For each node what buffers take that are alive at any of its steps, but for those that are
    /// counted in `always` of a node around it.
    ever: Vec<Ranges>,
}

impl Taken {
    fn new(steps: usize) -> Self {
        let steps = steps.max(1).next_power_of_two();
        Taken { steps, always: vec![Ranges::default(); 2 * steps], ever: vec![Ranges::default(); 2 * steps] }
    }

    /// The nodes that together have exactly the steps of a life, at most two of each level, and
    /// those around them.
    fn nodes(&self, life: Life) -> (Vec<usize>, Vec<usize>) {
        let last = self.steps - 1;
        let (mut from, mut to) = (self.steps + life.from.min(last), self.steps + life.to.min(last) + 1);
        let mut cover = Vec::new();
        while from < to {
            if from % 2 == 1 {
                cover.push(from);
                from += 1;
            }
            if to % 2 == 1 {
                to -= 1;
                cover.push(to);
            }
            (from, to) = (from / 2, to / 2);
        }
        let parents = |&node: &usize| std::iter::successors(Some(node / 2), |node| Some(node / 2));
        let mut around: Vec<usize> = cover.iter().flat_map(|node| parents(node).take_while(|&node| node > 0)).collect();
        around.sort_unstable();
        around.dedup();
        (cover, around)
    }

    /// The lowest address from which `len` floats are free at every step of a life; `None` where
    /// that is beyond all addresses.
    fn lowest_free(&self, life: Life, len: usize) -> Option<usize> {
        let (cover, around) = self.nodes(life);
        let inside = cover.iter().map(|&node| &self.ever[node]);
        let sets: Vec<&Ranges> = inside.chain(around.iter().map(|&node| &self.always[node])).collect();
        let mut address = 0usize;
        loop {
            // Each set may push the address further; in the end all must agree.
            let mut free = address;
            for set in &sets {
                free = set.lowest_free(free, len)?;
            }
            if free == address {
                return Some(address);
            }
            address = free;
        }
    }

    fn take(&mut self, life: Life, range: Range<usize>) {
        let (cover, around) = self.nodes(life);
        for node in cover {
            self.always[node].insert(range.clone());
            self.ever[node].insert(range.clone());
        }
        around.into_iter().for_each(|node| self.ever[node].insert(range.clone()));
    }
}

/// Ranges in order, none of which touches another.
#[derive(Clone, Default)]
struct Ranges(Vec<Range<usize>>);

impl Ranges {
    /// The lowest address from `address` on where `len` floats are free; `None` where they would
    /// end beyond all addresses.
    fn lowest_free(&self, mut address: usize, len: usize) -> Option<usize> {
        let first = self.0.partition_point(|range| range.end <= address);
        for range in &self.0[first..] {
            if range.start >= address.checked_add(len)? {
                break;
            }
            address = range.end;
        }
        address.checked_add(len).map(|_| address)
    }

    fn insert(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let from = self.0.partition_point(|other| other.end < range.start);
        let to = from + self.0[from..].partition_point(|other| other.start <= range.end);
        let start = self.0[from..to].first().map_or(range.start, |other| other.start.min(range.start));
        let end = self.0[from..to].last().map_or(range.end, |other| other.end.max(range.end));
        self.0.splice(from..to, std::iter::once(start..end));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buffers_alive_together_are_apart_and_others_share() {
        let lives = [Some(Life { from: 0, to: 1 }), Some(Life { from: 1, to: 2 }), Some(Life { from: 2, to: 3 }), None];
        let (at, arena) = place(&[100, 60, 90, 7], &lives, 4).unwrap();
        assert_eq!(arena, 112 + 64);
        assert_eq!((at[0], at[1], at[2]), (0, 112, 0));
    }

    #[test]
    fn an_arena_beyond_the_address_space_is_refused() {
        let life = Some(Life { from: 0, to: FOREVER });
        assert!(matches!(
            place(&[usize::MAX / 2, usize::MAX / 2], &[life, life], 1),
            Err(EngineError::TooLarge { .. })
        ));
    }

    /// The same, looking at every buffer placed before.
    fn place_naively(buffers: &[usize], lives: &[Option<Life>]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..buffers.len()).filter(|&id| lives[id].is_some()).collect();
        order.sort_by_key(|&id| std::cmp::Reverse(buffers[id]));
        let mut addresses = vec![0; buffers.len()];
        let mut placed: Vec<(Range<usize>, Life)> = Vec::new();
        for id in order {
            let (life, len) = (lives[id].unwrap(), buffers[id].next_multiple_of(LANES));
            let mut address = 0;
            placed.sort_by_key(|(range, _)| range.start);
            for (range, other) in &placed {
                let together = life.from <= other.to && other.from <= life.to;
                if together && !range.is_empty() && range.start < address + len {
                    address = address.max(range.end);
                }
            }
            addresses[id] = address;
            placed.push((address..address + len, life));
        }
        addresses
    }

    proptest! {
        #[test]
        fn each_buffer_has_the_lowest_address_that_is_free(
            buffers in prop::collection::vec((0usize..200, 0usize..20, 0usize..20, 0u8..8), 1..60)
        ) {
            let lens: Vec<usize> = buffers.iter().map(|&(len, ..)| len).collect();
            let lives: Vec<Option<Life>> = buffers
                .iter()
                .map(|&(_, a, b, kind)| match kind {
                    0 => None,
                    1 => Some(Life { from: a, to: FOREVER }),
                    _ => Some(Life { from: a.min(b), to: a.max(b) }),
                })
                .collect();
            let (found, arena) = place(&lens, &lives, 20).unwrap();
            prop_assert_eq!(&found, &place_naively(&lens, &lives));
            let ends = (0..lens.len()).filter(|&id| lives[id].is_some());
            prop_assert_eq!(arena, ends.map(|id| found[id] + lens[id].next_multiple_of(LANES)).max().unwrap_or(0));
        }
    }
}
