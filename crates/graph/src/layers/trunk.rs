//! What every path from the image to the output passes.

use crate::{Graph, ValueId};

/// Which nodes matter: those that the given outputs depend on, and that depend on the image themselves.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    live: Vec<bool>,
}

impl Flow {
    /// The nodes that `outputs` depend on.
    pub fn to(graph: &Graph, outputs: &[ValueId]) -> Self {
        let mut wanted = vec![false; graph.values().len()];
        outputs.iter().for_each(|output| wanted[output.index()] = true);
        let mut live = vec![false; graph.nodes().len()];
        for (index, node) in graph.nodes().iter().enumerate().rev() {
            // A value known beforehand is as good as a weight: what made it, such as a `Shape`, does not use its input.
            live[index] = node.outputs.iter().any(|o| wanted[o.index()] && graph.value(*o).constant.is_none());
            if live[index] {
                node.inputs.iter().flatten().for_each(|input| wanted[input.index()] = true);
            }
        }
        Flow { live }
    }

    /// Whether the node at this position matters.
    pub fn is_live(&self, node: usize) -> bool {
        self.live[node]
    }
}

/// The values that every path from the graph's inputs to its first output passes, in topological order; the output itself is the last.
pub(super) fn trunk(graph: &Graph) -> Vec<ValueId> {
    let Some(&output) = graph.outputs().first() else { return Vec::new() };
    let flow = Flow::to(graph, &[output]);
    let consumers = graph.consumers();
    let last_use = |value: ValueId| {
        let users = consumers[value.index()].iter().map(|user| user.index()).filter(|&user| flow.is_live(user));
        if value == output { Some(usize::MAX) } else { users.max() }
    };
    // A path avoids the outputs of a node exactly if it uses an earlier value in a later node.
    let mut needed_until = graph.inputs().iter().filter_map(|input| last_use(input.value)).max().unwrap_or(0);
    let mut trunk = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| flow.is_live(*index)) {
        let used: Vec<_> = node.outputs.iter().filter_map(|&o| Some((o, last_use(o)?))).collect();
        if let ([(value, _)], true) = (&used[..], needed_until <= index) {
            trunk.push(*value);
        }
        needed_until = used.iter().map(|(_, until)| *until).fold(needed_until, usize::max);
    }
    trunk
}

#[cfg(test)]
mod tests {
    use super::super::testing::Net;
    use super::*;

    #[test]
    fn branches_are_not_on_the_trunk() {
        let mut net = Net::image();
        net.conv("stem", 4);
        let stem = net.value();
        net.conv("a", 4);
        let a = net.value();
        net.at(stem).conv("b", 4).add(a, "");
        let sum = net.value();
        net.global_pool("").linear("fc", 2);
        let graph = net.finish();
        let trunk = trunk(&graph);
        assert!(trunk.contains(&stem) && trunk.contains(&sum) && !trunk.contains(&a));
        assert_eq!(trunk.last(), graph.outputs().first());
    }
}
