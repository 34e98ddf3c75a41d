//! Scores of other shapes than (batch, classes).

use heatlens_graph::{DType, Graph, GraphError, ModulePath, Node, Op, Tensor, ValueId, ops};

/// A value holds at most this many scores.
const MOST_CLASSES: usize = 1 << 20;

/// How many classes a value of one image holds scores for; `None` if it is no list of scores. One
/// extent alone may be more than 1: (1, C), (C), (1, C, 1, 1), or none at all.
pub(super) fn classes(graph: &Graph, value: ValueId) -> Option<usize> {
    let ty = &graph.value(value).ty;
    let many = ty.shape.iter().filter(|&&extent| extent != 1).count();
    let len = ty.len();
    let leading = ty.shape.len() < 2 || ty.shape[0] == 1;
    (ty.dtype == DType::F32 && many <= 1 && leading && (1..=MOST_CLASSES).contains(&len)).then_some(len)
}

/// What a node moves without changing: its first input, of as many elements.
pub(super) fn moved(graph: &Graph, node: &Node) -> Option<ValueId> {
    let input = node.inputs.first().copied().flatten()?;
    let moves = matches!(
        node.op,
        Op::Identity(_)
            | Op::Dropout(_)
            | Op::Cast(ops::Cast { to: DType::F32 })
            | Op::Reshape(_)
            | Op::Squeeze(_)
            | Op::Unsqueeze(_)
            | Op::Flatten(_)
    );
    let same = graph.value(input).ty.dtype == DType::F32
        && graph.value(input).ty.len() == graph.value(node.outputs[0]).ty.len();
    (moves && same).then_some(input)
}

/// The same scores as (1, classes): the value that was squeezed or reshaped where there is one,
/// else reshaped.
pub(super) fn two_dimensional(graph: &mut Graph, value: ValueId) -> Result<ValueId, GraphError> {
    let len = graph.value(value).ty.len();
    let fits = |graph: &Graph, value: ValueId| matches!(graph.shape(value), &[1, n] if n == len);
    let mut at = value;
    loop {
        if fits(graph, at) {
            return Ok(at);
        }
        let producer = graph.value(at).producer.map(|id| graph.node(id));
        match producer.and_then(|node| moved(graph, node)) {
            Some(input) => at = input,
            None => break,
        }
    }
    let root = ModulePath::root();
    if graph.shape(value).len() > 2 && graph.shape(value)[1] == len {
        return graph.add(ops::Flatten { axis: 1 }, &[value], &root);
    }
    let shape = graph.constant("scores/shape", Tensor::ints(&[-1, len as i64]));
    graph.add(ops::Reshape { allow_zero: false }, &[value, shape], &root)
}
