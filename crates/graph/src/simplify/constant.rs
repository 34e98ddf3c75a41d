//! What follows from constants is computed once.

use super::draft::Draft;
use crate::{Graph, Node, Tensor, ValueId};

/// Elements that folding may make even where the weights are few.
const FREE: usize = 1 << 22;

/// How many elements folding may make in all: enough to change each weight a few times, not enough
/// for a file of a few bytes to fill the memory.
pub(super) fn budget(graph: &Graph) -> usize {
    let weights: usize = graph.values().iter().filter_map(|value| value.constant.as_ref()).map(Tensor::len).sum();
    FREE.saturating_add(weights.saturating_mul(4))
}

/// The outputs of a node all of whose inputs are constants.
pub(super) fn fold(draft: &mut Draft<'_>, node: &Node, budget: &mut usize) -> Option<Vec<ValueId>> {
    let operands = draft.graph().operands(&node.inputs);
    if operands.iter().flatten().any(|operand| operand.constant.is_none()) {
        return None;
    }
    let types = node.op.infer(&operands).ok()?;
    let size = types.iter().fold(0usize, |sum, ty| sum.saturating_add(ty.len()));
    *budget = budget.checked_sub(size)?;
    let tensors = node.op.fold(&operands, &types)?;
    Some(tensors.into_iter().enumerate().map(|(i, tensor)| draft.folded(node, i, tensor)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use crate::Tensor;
    use crate::ops::{Add, Expand, MatMul, Transpose};

    #[test]
    fn large_weights_are_folded() {
        let mut sketch = Sketch::new(&[1, 2, 100]);
        let weight = sketch.graph.constant("weight", Tensor::f32([90, 100], (0..9000).map(|i| i as f32).collect()));
        let turned = sketch.add(Transpose { perm: vec![1, 0] }, &[weight]);
        let y = sketch.add(MatMul, &[sketch.x, turned]);
        let graph = sketch.finish(&[y]);
        assert!(graph.value(turned).constant.is_none(), "only simplify folds large constants");
        let simple = simplify(&graph).unwrap();
        assert_eq!(names(&simple), ["MatMul"]);
        let folded = simple.value(simple.nodes()[0].inputs[1].unwrap()).constant.as_ref().unwrap();
        assert_eq!(folded.as_f32().unwrap()[1], 100.0);
    }

    #[test]
    fn a_small_file_cannot_ask_for_much_memory() {
        let mut sketch = Sketch::new(&[1, 1]);
        let one = sketch.floats(&[1], 1.0);
        let shape = sketch.graph.constant("shape", Tensor::ints(&[1 << 15, 1 << 15]));
        let large = sketch.add(Expand, &[one, shape]);
        let y = sketch.add(Add, &[sketch.x, large]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["Expand", "Add"]);
    }
}
