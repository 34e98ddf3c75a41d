//! Places buffers in one arena: buffers that are never alive together share memory.

use super::draft::{Draft, DraftStep};
use super::join::{Views, join};
use super::place::{FOREVER, Life, place};
use super::step::{Compiled, Step};
use crate::context::{BufferId, Place};
use crate::error::EngineError;
use crate::io::{Places, Source};

/// Orders the steps, shares buffers in place, and places them.
pub(crate) fn plan(draft: Draft) -> Result<Compiled, EngineError> {
    let Draft { mut buffers, steps, inputs, outputs } = draft;
    let (early, late): (Vec<_>, Vec<_>) = steps.into_iter().partition(|step| !step.late);
    let first_late = early.len();
    let mut steps: Vec<DraftStep> = early.into_iter().chain(late).collect();

    let pinned = pinned(&buffers, &inputs, &outputs, &steps, first_late);
    let views = join(&mut steps, &buffers);
    let first_late = steps.iter().take_while(|step| !step.late).count();
    let in_place = share_in_place(&mut steps, &buffers, &pinned, &views);
    // In-place outputs have become other names of their inputs' buffers; apply that to the outputs
    // too: pinned ones are never shared away.
    let scratch: Vec<BufferId> = steps
        .iter()
        .map(|step| {
            buffers.push(step.kernel.scratch());
            buffers.len() - 1
        })
        .collect();
    let lives = lives(buffers.len(), &steps, &scratch, &inputs, &pinned, &views);
    let (addresses, arena) = place(&buffers, &lives, steps.len())?;

    let range = |id: BufferId| {
        let (around, at) = views.locate(id);
        addresses[around] + at..addresses[around] + at + buffers[id]
    };
    let source = |place: &Place| match place {
        Place::Buffer(id) => Source::Arena(range(*id)),
        Place::Constant(elements) => Source::Constant(elements.clone()),
    };
    let placed = |((step, in_place), scratch): ((DraftStep, Option<usize>), BufferId)| {
        let DraftStep { kernel, op, node, .. } = step;
        let inputs = step.inputs.iter().map(|p| p.as_ref().map(source)).collect();
        let outputs = step.outputs.iter().map(|&id| range(id)).collect();
        let places = Places::new(inputs, outputs, range(scratch), in_place, arena);
        let places = places.unwrap_or_else(|| panic!("the memory of {op} at `{node}` overlaps"));
        Step { kernel, places, op, node }
    };
    let steps = steps.into_iter().zip(in_place).zip(scratch).map(placed).collect();
    Ok(Compiled {
        steps,
        first_late,
        inputs: inputs.into_iter().map(|(shape, id)| (shape, range(id))).collect(),
        outputs: outputs.iter().map(|(shape, place)| (shape.clone(), source(place))).collect(),
        arena,
    })
}

/// Buffers whose contents must outlast the steps that read them: inputs, outputs, and what crosses
/// into the late stage.
fn pinned(
    buffers: &[usize],
    inputs: &[(Vec<usize>, BufferId)],
    outputs: &[(Vec<usize>, Place)],
    steps: &[DraftStep],
    first_late: usize,
) -> Vec<bool> {
    let mut pinned = vec![false; buffers.len()];
    inputs.iter().for_each(|(_, id)| pinned[*id] = true);
    for (_, place) in outputs {
        if let Place::Buffer(id) = place {
            pinned[*id] = true;
        }
    }
    let mut early = vec![true; buffers.len()];
    for id in steps[first_late..].iter().flat_map(|step| &step.outputs) {
        early[*id] = false;
    }
    for id in steps[first_late..].iter().flat_map(reads) {
        pinned[id] |= early[id];
    }
    pinned
}

/// The buffers that a step reads.
fn reads(step: &DraftStep) -> impl Iterator<Item = BufferId> + '_ {
    step.inputs.iter().flatten().filter_map(|place| match place {
        Place::Buffer(id) => Some(*id),
        Place::Constant(_) => None,
    })
}

/// Where a kernel can overwrite an input that nothing else needs, gives its output that buffer.
/// Returns the input for each step.
fn share_in_place(steps: &mut [DraftStep], buffers: &[usize], pinned: &[bool], views: &Views) -> Vec<Option<usize>> {
    let fixed = |id: BufferId| pinned[id] || views.shared(id);
    let mut last_read = vec![0; buffers.len()];
    for (i, step) in steps.iter().enumerate() {
        reads(step).for_each(|id| last_read[id] = i);
    }
    // Which buffer holds what was to go into each.
    let mut held_by: Vec<BufferId> = (0..buffers.len()).collect();
    let mut chosen = Vec::with_capacity(steps.len());
    for (i, step) in steps.iter_mut().enumerate() {
        for place in step.inputs.iter_mut().flatten() {
            if let Place::Buffer(id) = place {
                *id = held_by[*id];
            }
        }
        let output = step.outputs[0];
        let legal = |&&input: &&usize| match &step.inputs[input] {
            Some(Place::Buffer(id)) => {
                let alone = reads(step).filter(|other| other == id).count() == 1;
                alone && last_read[*id] == i && !fixed(*id) && !fixed(output) && buffers[*id] == buffers[output]
            }
            _ => false,
        };
        let input = step.kernel.in_place().iter().find(legal).copied();
        if let Some(Place::Buffer(id)) = input.and_then(|input| step.inputs[input].clone()) {
            held_by[output] = id;
            last_read[id] = last_read[output];
            step.outputs[0] = id;
        }
        chosen.push(input);
    }
    chosen
}

/// When each buffer is alive; a buffer inside another lives in it.
fn lives(
    count: usize,
    steps: &[DraftStep],
    scratch: &[BufferId],
    inputs: &[(Vec<usize>, BufferId)],
    pinned: &[bool],
    views: &Views,
) -> Vec<Option<Life>> {
    let mut lives: Vec<Option<Life>> = vec![None; count];
    for (_, id) in inputs {
        lives[views.locate(*id).0] = Some(Life { from: 0, to: FOREVER });
    }
    for (i, step) in steps.iter().enumerate() {
        for id in step.outputs.iter().copied().chain([scratch[i]]).chain(reads(step)) {
            let life = lives[views.locate(id).0].get_or_insert(Life { from: i, to: i });
            life.to = life.to.max(i);
        }
    }
    for (id, _) in pinned.iter().enumerate().filter(|(_, pinned)| **pinned) {
        if let Some(life) = &mut lives[views.locate(id).0] {
            life.to = FOREVER;
        }
    }
    lives
}
