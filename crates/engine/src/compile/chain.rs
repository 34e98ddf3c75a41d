//! Finds elementwise nodes that one kernel can compute together.

use heatlens_graph::{Graph, Node, ValueId};

use super::fuse::Uses;
use crate::kernels::blocked;

/// For each elementwise node the last of those that it is computed together with: itself, or one
/// behind it.
pub(super) struct Chains {
    ends: Vec<Option<usize>>,
}

impl Chains {
    /// Chains are made of nodes that follow each other directly, so that no buffer has to live
    /// longer for one of them: a node waits for the last of its readers' chain if all of them are
    /// in the same one.
    pub(super) fn of(graph: &Graph, needed: &[bool], uses: &Uses) -> Self {
        let mut ends = vec![None; needed.len()];
        // Links of the chain that ends at each node.
        let mut links = vec![0; needed.len()];
        // The shape and the last node of the row of elementwise nodes that ends where the walk is.
        let mut row: Option<(&[usize], usize)> = None;
        for i in (0..needed.len()).rev().filter(|&i| needed[i]) {
            let node = &graph.nodes()[i];
            if !is_elementwise(graph, node) {
                row = None;
                continue;
            }
            let shape = graph.shape(node.outputs[0]);
            let last = match row {
                Some((of_row, last)) if of_row == shape => last,
                _ => i,
            };
            row = Some((shape, last));
            let mut readers = uses.readers(node.outputs[0]).unwrap_or_default().iter().map(|&reader| ends[reader]);
            let end = match readers.next() {
                Some(Some(end)) if end <= last && readers.all(|other| other == Some(end)) => end,
                _ => i,
            };
            let end = if links[end] < blocked::MOST_LINKS { end } else { i };
            links[end] += 1;
            ends[i] = Some(end);
        }
        Chains { ends }
    }

    /// The last node of the chain that an elementwise node belongs to.
    pub(super) fn end(&self, node: usize) -> Option<usize> {
        self.ends[node]
    }
}

/// Whether a node has a formula, and operands that are of its output's shape, which may be blocked,
/// or known numbers.
fn is_elementwise(graph: &Graph, node: &Node) -> bool {
    let shape = graph.shape(node.outputs[0]);
    let fits = |v: ValueId| match &graph.value(v).constant {
        Some(tensor) => tensor.len() == 1,
        None => graph.shape(v) == shape,
    };
    shape.len() == 4
        && !shape.contains(&0)
        && blocked::formula(graph, node)
            .is_some_and(|formula| node.inputs[..formula.operands()].iter().all(|v| v.is_some_and(fits)))
}
