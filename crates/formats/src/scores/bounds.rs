//! Whether a value can be shown to lie between 0 and 1.

use heatlens_graph::{Graph, Node, Op, ValueId};

use super::shape::moved;

/// Values behind more nodes than this are not followed.
const FURTHEST: usize = 16;

/// Whether all elements lie in [0, 1], as far as a short walk back shows.
pub(super) fn is_unit(graph: &Graph, value: ValueId) -> bool {
    within(graph, value, FURTHEST)
}

fn within(graph: &Graph, value: ValueId, left: usize) -> bool {
    if let Some(elements) = graph.value(value).constant.as_ref().and_then(|t| t.as_f32()) {
        return elements.iter().all(|x| (0.0..=1.0).contains(x));
    }
    let Some(node) = graph.value(value).producer.map(|id| graph.node(id)).filter(|_| left > 0) else { return false };
    let input = |i: usize| node.inputs.get(i).copied().flatten().is_some_and(|v| within(graph, v, left - 1));
    let all = || (0..node.inputs.len()).all(input);
    match &node.op {
        Op::Softmax(_) | Op::Sigmoid(_) | Op::HardSigmoid(_) => true,
        Op::Clip(_) => {
            bound(graph, node, 1).is_some_and(|low| low >= 0.0) && bound(graph, node, 2).is_some_and(|high| high <= 1.0)
                || input(0)
        }
        Op::Slice(_) | Op::Gather(_) | Op::Split(_) | Op::Transpose(_) | Op::Expand(_) | Op::Tile(_) => input(0),
        Op::Concat(_) | Op::Mul(_) | Op::Max(_) | Op::Min(_) => all(),
        Op::ReduceMean(_) | Op::ReduceMax(_) | Op::ReduceMin(_) | Op::ReduceProd(_) | Op::Sqrt(_) => input(0),
        Op::Sub(_) => one(graph, node.inputs[0]) && input(1),
        Op::Where(_) => input(1) && input(2),
        _ => moved(graph, node).is_some_and(|v| within(graph, v, left - 1)),
    }
}

/// A constant bound of Clip.
fn bound(graph: &Graph, node: &Node, i: usize) -> Option<f32> {
    let value = node.inputs.get(i).copied().flatten()?;
    graph.value(value).constant.as_ref()?.as_f32()?.first().copied()
}

/// Whether an input is the constant 1.
pub(super) fn one(graph: &Graph, value: Option<ValueId>) -> bool {
    constant(graph, value).is_some_and(|x| x == 1.0)
}

/// The number that all elements of a constant are.
pub(super) fn constant(graph: &Graph, value: Option<ValueId>) -> Option<f32> {
    let elements = graph.value(value?).constant.as_ref()?.as_f32()?;
    let (&first, others) = elements.split_first()?;
    others.iter().all(|&x| x == first).then_some(first)
}
