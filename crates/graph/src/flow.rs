//! Which part of a graph a result depends on.

use crate::{Graph, ValueId};

/// Which nodes given outputs need, and which of those depend on the graph's inputs.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    needed: Vec<bool>,
    dependent: Vec<bool>,
}

impl Flow {
    /// The nodes that `outputs` need.
    pub fn to(graph: &Graph, outputs: &[ValueId]) -> Self {
        let mut wanted = vec![false; graph.values().len()];
        outputs.iter().for_each(|output| wanted[output.index()] = true);
        let mut needed = vec![false; graph.nodes().len()];
        for (index, node) in graph.nodes().iter().enumerate().rev() {
            // A value known beforehand is as good as a weight: what made it, such as a `Shape`,
            // does not use its input.
            needed[index] = node.outputs.iter().any(|o| wanted[o.index()] && graph.value(*o).constant.is_none());
            if needed[index] {
                node.inputs.iter().flatten().for_each(|input| wanted[input.index()] = true);
            }
        }
        let mut varies = vec![false; graph.values().len()];
        graph.inputs().iter().for_each(|input| varies[input.value.index()] = true);
        let mut dependent = vec![false; graph.nodes().len()];
        for (index, node) in graph.nodes().iter().enumerate() {
            dependent[index] = needed[index] && node.inputs.iter().flatten().any(|input| varies[input.index()]);
            node.outputs.iter().for_each(|output| varies[output.index()] = dependent[index]);
        }
        Flow { needed, dependent }
    }

    /// Whether the outputs need the node at this position.
    pub fn needs(&self, node: usize) -> bool {
        self.needed[node]
    }

    /// Whether the node at this position also depends on the graph's inputs: it carries something
    /// from there to the outputs.
    pub fn carries(&self, node: usize) -> bool {
        self.dependent[node]
    }
}
