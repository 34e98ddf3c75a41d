//! The weights of a network, module by module, and others in their place.

use std::collections::BTreeSet;

use heatlens_graph::{Graph, Op, Tensor, ValueId};

use crate::random::Random;

/// Modules randomised together, and their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The module's path, or the first and the last of several.
    pub name: String,
    pub weights: Vec<ValueId>,
}

/// More steps than this tell no more, and each compiles the network anew.
const MOST_GROUPS: usize = 16;

/// Fewer steps than this tell too little: of two, one is the classifier alone, which few maps
/// survive and some never see.
const FEWEST_GROUPS: usize = 8;

/// The weighted modules of a network from the logits down to the image: as deep in the module tree
/// as leaves at most 16 of them. Where that leaves fewer than 8, one level deeper, neighbours put
/// together.
pub(super) fn groups(graph: &Graph) -> Vec<Group> {
    let weighted = weighted_nodes(graph);
    let deepest = weighted.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    let at_depth = |depth: usize| {
        let mut groups: Vec<Group> = Vec::new();
        for (path, weights) in &weighted {
            let name = path[..depth.min(path.len())].join(".");
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.weights.extend(weights),
                None => groups.push(Group { name, weights: weights.clone() }),
            }
        }
        groups
    };
    let depth = (1..=deepest).take_while(|&depth| at_depth(depth).len() <= MOST_GROUPS).last().unwrap_or(0);
    let few = if depth == 0 { Vec::new() } else { at_depth(depth) };
    let mut groups = if few.len() < FEWEST_GROUPS && depth < deepest { merged(at_depth(depth + 1)) } else { few };
    groups.reverse();
    groups
}

/// Neighbours put together until there are few enough; the last, which makes the logits, stays
/// alone.
fn merged(mut groups: Vec<Group>) -> Vec<Group> {
    let last = groups.pop();
    let each = groups.len().div_ceil(MOST_GROUPS - 1).max(1);
    let merge = |groups: &[Group]| Group {
        name: match groups {
            [only] => only.name.clone(),
            several => format!("{} … {}", several[0].name, several[several.len() - 1].name),
        },
        weights: groups.iter().flat_map(|group| group.weights.clone()).collect(),
    };
    groups.chunks(each).map(merge).chain(last).collect()
}

/// The nodes that hold weights, in the order in which they run: the names that lead to them, the
/// module's or else the node's own, and the weights. A weight that several nodes share belongs to
/// the first.
fn weighted_nodes(graph: &Graph) -> Vec<(Vec<String>, Vec<ValueId>)> {
    let inputs: Vec<ValueId> = graph.inputs().iter().map(|input| input.value).collect();
    let depends = graph.dependents(&inputs);
    let mut seen = BTreeSet::new();
    let mut weighted = Vec::new();
    for node in graph.nodes().iter().filter(|node| holds_weights(&node.op)) {
        let fixed = node.inputs.iter().flatten().copied().filter(|input| !depends[input.index()]);
        let mut weights: Vec<ValueId> = Vec::new();
        fixed.for_each(|input| stored(graph, input, &mut weights));
        weights.retain(|&weight| seen.insert(weight));
        if !weights.is_empty() && depends[node.outputs[0].index()] {
            let path: Vec<String> = node.module.components().map(str::to_owned).collect();
            weighted.push((if path.is_empty() { vec![node.name.clone()] } else { path }, weights));
        }
    }
    weighted
}

/// Operators whose constants are learnt. `Add` is one where exporters write a bias by itself.
fn holds_weights(op: &Op) -> bool {
    matches!(
        op,
        Op::Conv(_)
            | Op::ConvTranspose(_)
            | Op::Gemm(_)
            | Op::MatMul(_)
            | Op::BatchNormalization(_)
            | Op::InstanceNormalization(_)
            | Op::LayerNormalization(_)
            | Op::GroupNormalization(_)
            | Op::PRelu(_)
            | Op::Add(_)
    )
}

/// The stored tensors of more than one float that a value is computed from.
fn stored(graph: &Graph, value: ValueId, found: &mut Vec<ValueId>) {
    match graph.value(value).producer {
        Some(node) => graph.node(node).inputs.iter().flatten().for_each(|&input| stored(graph, input, found)),
        None => {
            let floats = graph.value(value).constant.as_ref().and_then(Tensor::as_f32);
            if floats.is_some_and(|floats| floats.len() > 1) && !found.contains(&value) {
                found.push(value);
            }
        }
    }
}

/// The weights of a group in a random order, tensor by tensor: the same distribution, nothing
/// learnt. Variances stay positive and scales what they were.
pub(super) fn shuffled(graph: &Graph, group: &Group, seed: u64) -> Vec<(ValueId, Tensor)> {
    let shuffle = |&id: &ValueId| {
        let tensor = graph.value(id).constant.as_ref().expect("a weight");
        let floats = tensor.as_f32().expect("of floats");
        let order = Random::new(seed, id.index() as u64).sample(floats.len(), floats.len());
        (id, Tensor::f32(tensor.shape(), order.into_iter().map(|i| floats[i]).collect()))
    };
    group.weights.iter().map(shuffle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_put_together_but_for_the_last() {
        let groups = |count: usize| (0..count).map(|i| Group { name: i.to_string(), weights: Vec::new() }).collect();
        let names = |count| merged(groups(count)).into_iter().map(|group| group.name).collect::<Vec<_>>();
        assert_eq!(names(3), ["0", "1", "2"]);
        assert_eq!(names(17), ["0 … 1", "2 … 3", "4 … 5", "6 … 7", "8 … 9", "10 … 11", "12 … 13", "14 … 15", "16"]);
        assert!((1..200).all(|count| names(count).len() <= MOST_GROUPS));
        assert!(names(0).is_empty());
    }
}
