//! Batch norms in a graph, and the moments of what enters them as more of the same graph.

use heatlens_graph::ops::{Mul, ReduceMean, Sub};
use heatlens_graph::{Graph, GraphError, ModulePath, Node, Op, Tensor, ValueId};

use super::BatchNorm;

/// The batch norms on the way from the image to the logits, in that order, each with what enters
/// it.
pub(super) fn batch_norms(graph: &Graph) -> Vec<(BatchNorm, ValueId)> {
    let of_image = graph.dependents(&[graph.inputs()[0].value]);
    let read = |node: &Node| {
        let Op::BatchNormalization(op) = &node.op else { return None };
        let entering = node.inputs.first().copied().flatten()?;
        let constant = |i: usize| graph.value(node.inputs.get(i).copied().flatten()?).constant.as_ref()?.as_f32();
        let (mean, variance) = (constant(3)?.to_vec(), constant(4)?.to_vec());
        let module = node.module.to_string();
        let name = if module.is_empty() { graph.value(entering).name.clone() } else { module };
        of_image[entering.index()].then_some((BatchNorm { name, mean, variance, epsilon: op.epsilon }, entering))
    };
    graph.nodes().iter().filter_map(read).collect()
}

/// Mean and variance over all dimensions but the batch and the channels. The mean is taken away
/// before squaring: the difference of two large squares would lose all digits.
pub(super) fn moments(graph: &mut Graph, x: ValueId) -> Result<[ValueId; 2], GraphError> {
    let module = ModulePath::root();
    let spatial: Vec<i64> = (2..graph.shape(x).len() as i64).collect();
    if spatial.is_empty() {
        let zero = graph.add(Sub, &[x, x], &module)?;
        return Ok([x, zero]);
    }
    let axes = graph.constant("", Tensor::ints(&spatial));
    let mean = graph.add(ReduceMean { keep_dims: true }, &[x, axes], &module)?;
    let away = graph.add(Sub, &[x, mean], &module)?;
    let squared = graph.add(Mul, &[away, away], &module)?;
    let variance = graph.add(ReduceMean { keep_dims: true }, &[squared, axes], &module)?;
    Ok([mean, variance])
}
