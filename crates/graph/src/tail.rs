//! The part of a network behind a layer, as a network of its own.

use std::collections::HashMap;

use crate::{Dim, Graph, GraphError, NodeSpec, ValueId};

/// What [`tail`] cut off.
#[derive(Clone, Debug)]
pub struct Tail {
    /// A graph with the same outputs. Its first input is the layer; the others are the values of
    /// [`Tail::bypass`], in order.
    pub graph: Graph,
    /// Values of the whole graph that reach the outputs beside the layer, as a residual connection
    /// around it does.
    pub bypass: Vec<ValueId>,
}

/// Cuts the graph at a value: what is computed from it becomes a graph that takes it as an input.
/// Changing a layer's output and asking what the network makes of it then costs the tail alone.
///
/// # Errors
/// [`GraphError::NoInfluence`] if no output depends on the value.
pub fn tail(graph: &Graph, at: ValueId) -> Result<Tail, GraphError> {
    let depends = graph.dependents(&[at]);
    if !graph.outputs().iter().any(|output| depends[output.index()]) {
        return Err(GraphError::NoInfluence { value: graph.value(at).name.clone() });
    }
    let mut cut = Cut { whole: graph, tail: Graph::new(), ids: HashMap::new(), bypass: Vec::new() };
    cut.input(at);
    // Inputs come first, so that their positions do not depend on where they are used.
    let nodes: Vec<_> = graph.nodes().iter().filter(|node| is_behind(node, &depends, at)).collect();
    let taken = nodes.iter().flat_map(|node| node.inputs.iter().flatten()).chain(graph.outputs());
    for &value in taken {
        if !depends[value.index()] && graph.value(value).constant.is_none() && !cut.ids.contains_key(&value) {
            cut.input(value);
            cut.bypass.push(value);
        }
    }
    for node in nodes {
        cut.copy(node)?;
    }
    let outputs = graph.outputs().iter().map(|&output| cut.value(output)).collect();
    cut.tail.set_outputs(outputs);
    Ok(Tail { graph: cut.tail, bypass: cut.bypass })
}

/// Whether a node is computed from the layer; the node that makes it is not.
fn is_behind(node: &crate::Node, depends: &[bool], at: ValueId) -> bool {
    !node.outputs.contains(&at) && node.outputs.iter().any(|output| depends[output.index()])
}

struct Cut<'g> {
    whole: &'g Graph,
    tail: Graph,
    /// Values of the whole graph in the tail.
    ids: HashMap<ValueId, ValueId>,
    bypass: Vec<ValueId>,
}

impl Cut<'_> {
    fn input(&mut self, value: ValueId) {
        let known = self.whole.value(value);
        let dims = known.ty.shape.iter().map(|&extent| Dim::Fixed(extent)).collect();
        let id = self.tail.input(known.name.clone(), known.ty.dtype, dims, &known.ty.shape);
        self.ids.insert(value, id);
    }

    /// The value in the tail; constants follow when they are first taken.
    fn value(&mut self, value: ValueId) -> ValueId {
        if let Some(&id) = self.ids.get(&value) {
            return id;
        }
        let known = self.whole.value(value);
        let tensor = known.constant.clone().expect("a value taken by the tail is an input, a constant or made before");
        let id = self.tail.constant(known.name.clone(), tensor);
        self.ids.insert(value, id);
        id
    }

    fn copy(&mut self, node: &crate::Node) -> Result<(), GraphError> {
        let inputs = node.inputs.iter().map(|input| input.map(|value| self.value(value))).collect();
        let outputs = self.tail.add_node(NodeSpec {
            op: node.op.clone(),
            inputs,
            name: node.name.clone(),
            output_names: node.outputs.iter().map(|&output| self.whole.value(output).name.clone()).collect(),
            module: node.module.clone(),
        })?;
        self.ids.extend(node.outputs.iter().copied().zip(outputs));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Add, Relu};
    use crate::{DType, ModulePath, Tensor};

    #[test]
    fn what_bypasses_the_layer_becomes_an_input_and_constants_stay() {
        let mut graph = Graph::new();
        let root = ModulePath::root();
        let x = graph.input("x", DType::F32, vec![Dim::Fixed(2)], &[2]);
        let layer = graph.add(Relu, &[x], &root).unwrap();
        let shift = graph.constant("shift", Tensor::f32([2], vec![1.0, 2.0]));
        let shifted = graph.add(Add, &[layer, shift], &root).unwrap();
        let y = graph.add(Add, &[shifted, x], &root).unwrap();
        graph.set_outputs(vec![y]);
        let Tail { graph: cut, bypass } = tail(&graph, layer).unwrap();
        assert_eq!(bypass, [x]);
        assert_eq!(cut.inputs().len(), 2);
        assert_eq!(cut.nodes().len(), 2);
        assert_eq!(cut.value(cut.inputs()[0].value).name, graph.value(layer).name);
    }

    #[test]
    fn a_value_behind_the_outputs_has_no_tail() {
        let mut graph = Graph::new();
        let x = graph.input("x", DType::F32, vec![Dim::Fixed(2)], &[2]);
        let unused = graph.add(Relu, &[x], &ModulePath::root()).unwrap();
        graph.set_outputs(vec![x]);
        assert!(matches!(tail(&graph, unused), Err(GraphError::NoInfluence { .. })));
    }
}
