//! Rewrites that keep the result: constant folding, batch-norm folding, fusion of what exporters
//! took apart, removal of identities and dead nodes.

mod activation;
mod affine;
mod constant;
mod draft;
mod gelu;
mod identity;
mod layer_norm;
mod matmul;
mod pad;

use self::draft::Draft;
use crate::{Graph, GraphError, Node, ValueId};

/// One rewrite: a value that replaces the node's only output, or `None` where it does not apply.
/// The node's inputs are values of the draft, its output is one of the graph before.
type Rule = fn(&mut Draft<'_>, &Node) -> Option<ValueId>;

/// All rewrites; the first that applies is taken.
const RULES: &[Rule] = &[
    identity::remove,
    pad::into_convolution,
    affine::batch_norm,
    affine::scale_or_shift,
    matmul::to_gemm,
    layer_norm::compose,
    layer_norm::absorb,
    gelu::compose,
    activation::silu,
    activation::hard_sigmoid,
    activation::hard_swish,
    activation::mish,
];

/// Rewriting ends by itself, as every rewrite removes work; this guards against two that undo each
/// other.
const MOST_PASSES: usize = 32;

/// The same network with fewer nodes. Inputs and outputs keep their positions, names and types;
/// other values and all nodes get new ids.
///
/// What is a graph output is kept as it is: a convolution whose own result is asked for does not
/// take in the normalisation behind it. Shapes that were folded are those of this graph's inputs,
/// so choose the batch size first ([`Graph::specialise`]).
///
/// # Errors
/// [`GraphError::Operator`] if a constant that the folding made known shows that the network cannot
/// run, such as an index out of range.
pub fn simplify(graph: &Graph) -> Result<Graph, GraphError> {
    let mut budget = constant::budget(graph);
    let (mut simplified, mut changed) = pass(graph, &mut budget)?;
    for _ in 1..MOST_PASSES {
        if !changed {
            break;
        }
        (simplified, changed) = pass(&simplified, &mut budget)?;
    }
    Ok(simplified)
}

/// Copies the nodes that matter, each rewritten once where a rule applies. Says whether one did.
fn pass(graph: &Graph, budget: &mut usize) -> Result<(Graph, bool), GraphError> {
    let mut draft = Draft::of(graph);
    let mut changed = false;
    for node in draft.live_nodes() {
        let node = draft.with_mapped_inputs(node);
        if let Some(values) = constant::fold(&mut draft, &node, budget) {
            changed = true;
            draft.replace(&node, &values);
        } else if let Some(value) = rewritten(&mut draft, &node) {
            changed = true;
            draft.replace(&node, &[value]);
        } else {
            draft.keep(&node)?;
        }
    }
    Ok((draft.finish(), changed))
}

fn rewritten(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    if node.outputs.len() == 1 { RULES.iter().find_map(|rule| rule(draft, node)) } else { None }
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::testing::{Sketch, names};
    use super::*;
    use crate::ops::{Add, Relu, Shape, Sigmoid};

    #[test]
    fn inputs_and_outputs_keep_their_places() {
        let mut sketch = Sketch::new(&[1, 2, 3, 3]);
        let unused = sketch.input("unused", &[4]);
        let y = sketch.add(Relu, &[sketch.x]);
        let z = sketch.add(Sigmoid, &[y]);
        let graph = sketch.finish(&[z, y, sketch.x]);
        let simple = simplify(&graph).unwrap();
        assert_eq!(simple.inputs().len(), 2);
        assert_eq!(simple.value(simple.inputs()[1].value).name, graph.value(unused).name);
        let outputs = |g: &Graph| {
            g.outputs().iter().map(|&o| (g.value(o).name.clone(), g.value(o).ty.clone())).collect::<Vec<_>>()
        };
        assert_eq!(outputs(&simple), outputs(&graph));
    }

    #[test]
    fn dead_nodes_and_their_constants_go() {
        let mut sketch = Sketch::new(&[1, 2]);
        let constant = sketch.floats(&[2], 1.5);
        let dead = sketch.add(Add, &[sketch.x, constant]);
        sketch.add(Shape { start: 0, end: None }, &[dead]);
        let y = sketch.add(Relu, &[sketch.x]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["Relu"]);
        assert_eq!(simple.values().len(), 2);
    }

    #[test]
    fn a_simplified_graph_stays_as_it_is() {
        let mut sketch = Sketch::new(&[1, 2, 3, 3]);
        let gate = sketch.add(Sigmoid, &[sketch.x]);
        let y = sketch.add(crate::ops::Mul, &[sketch.x, gate]);
        let once = simplify(&sketch.finish(&[y])).unwrap();
        let twice = simplify(&once).unwrap();
        assert_eq!(names(&once), ["Silu"]);
        assert_eq!(names(&twice), names(&once));
    }
}
