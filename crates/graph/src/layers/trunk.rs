//! What every path from the image to the output passes.

use crate::flow::Flow;
use crate::{Graph, ValueId};

/// The values that every path from the graph's inputs to its first output passes, in topological
/// order; the output itself is the last.
pub(super) fn trunk(graph: &Graph) -> Vec<ValueId> {
    let Some(&output) = graph.outputs().first() else { return Vec::new() };
    let flow = Flow::to(graph, &[output]);
    let consumers = graph.consumers();
    let last_use = |value: ValueId| {
        let users = consumers[value.index()].iter().map(|user| user.index()).filter(|&user| flow.carries(user));
        if value == output { Some(usize::MAX) } else { users.max() }
    };
    // A path avoids the outputs of a node exactly if it uses an earlier value in a later node.
    let mut needed_until = graph.inputs().iter().filter_map(|input| last_use(input.value)).max().unwrap_or(0);
    let mut trunk = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| flow.carries(*index)) {
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
