//! The graph that a pass writes.

use crate::flow::Flow;
use crate::{Graph, GraphError, Node, NodeSpec, Op, Tensor, ValueId};

/// A copy in the making, and where the values of the graph before have gone.
pub(super) struct Draft<'a> {
    before: &'a Graph,
    live: Vec<usize>,
    graph: Graph,
    /// By value of the graph before.
    moved: Vec<Option<ValueId>>,
    /// How often live nodes and outputs use each value of the graph before.
    uses_before: Vec<usize>,
    /// Whether each value of the graph before is one of its outputs.
    is_output: Vec<bool>,
    /// The same for the values of the copy, as far as their users are known from before.
    uses: Vec<usize>,
}

impl<'a> Draft<'a> {
    /// An empty copy, but for the inputs.
    pub fn of(before: &'a Graph) -> Self {
        let flow = Flow::to(before, before.outputs());
        let live: Vec<usize> = (0..before.nodes().len()).filter(|&node| flow.needs(node)).collect();
        let mut uses_before = vec![0; before.values().len()];
        let inputs = live.iter().flat_map(|&node| before.nodes()[node].inputs.iter().flatten());
        inputs.chain(before.outputs()).for_each(|value| uses_before[value.index()] += 1);
        let mut is_output = vec![false; before.values().len()];
        before.outputs().iter().for_each(|value| is_output[value.index()] = true);
        let moved = vec![None; before.values().len()];
        let mut draft = Draft { before, live, graph: Graph::new(), moved, uses_before, is_output, uses: Vec::new() };
        for input in before.inputs() {
            let value = before.value(input.value);
            let copy = draft.graph.input(value.name.clone(), value.ty.dtype, input.dims.clone(), &value.ty.shape);
            draft.moves(input.value, copy);
        }
        draft
    }

    /// The nodes of the graph before that its outputs depend on, in order.
    pub fn live_nodes(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        let before = self.before;
        self.live.clone().into_iter().map(move |node| &before.nodes()[node])
    }

    /// The node with its inputs in the copy.
    pub fn with_mapped_inputs(&mut self, node: &Node) -> Node {
        let inputs = node.inputs.iter().map(|input| input.map(|value| self.mapped(value))).collect();
        Node { inputs, ..node.clone() }
    }

    /// Where a value has gone; constants come along when they are first asked for.
    fn mapped(&mut self, value: ValueId) -> ValueId {
        if let Some(copy) = self.moved[value.index()] {
            return copy;
        }
        let constant = self.before.value(value);
        let tensor = constant.constant.clone().expect("a value is an input, a constant or made by a live node");
        let copy = self.graph.constant(constant.name.clone(), tensor);
        self.moves(value, copy);
        copy
    }

    fn moves(&mut self, value: ValueId, copy: ValueId) {
        self.moved[value.index()] = Some(copy);
        if self.uses.len() <= copy.index() {
            self.uses.resize(copy.index() + 1, 0);
        }
        self.uses[copy.index()] += self.uses_before[value.index()];
    }

    /// Copies a node as it is.
    pub fn keep(&mut self, node: &Node) -> Result<(), GraphError> {
        let names = node.outputs.iter().map(|&o| self.before.value(o).name.clone()).collect();
        let spec = NodeSpec {
            op: node.op.clone(),
            inputs: node.inputs.clone(),
            name: node.name.clone(),
            output_names: names,
            module: node.module.clone(),
        };
        let copies = self.graph.add_node(spec)?;
        self.replace(node, &copies);
        Ok(())
    }

    /// Notes that these values stand for the node's outputs.
    pub fn replace(&mut self, node: &Node, values: &[ValueId]) {
        for (&output, &value) in node.outputs.iter().zip(values) {
            self.moves(output, value);
        }
    }

    /// The copy, whose outputs are those of the graph before.
    pub fn finish(mut self) -> Graph {
        let outputs = self.before.outputs().iter().map(|&output| self.mapped(output)).collect();
        self.graph.set_outputs(outputs);
        self.graph
    }

    // --- What rules ask.

    /// The copy so far.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The shape of a value of the copy.
    pub fn shape(&self, value: ValueId) -> &[usize] {
        self.graph.shape(value)
    }

    /// The elements of a value of the copy, where it is a constant.
    pub fn tensor(&self, value: ValueId) -> Option<&Tensor> {
        self.graph.value(value).constant.as_ref()
    }

    /// The f32 elements of a value of the copy, where it is a constant.
    pub fn floats(&self, value: ValueId) -> Option<&[f32]> {
        self.tensor(value)?.as_f32()
    }

    /// The one number that a constant of the copy holds.
    pub fn number(&self, value: ValueId) -> Option<f32> {
        match self.floats(value)? {
            [number] => Some(*number),
            _ => None,
        }
    }

    /// The node of the copy that makes a value.
    pub fn maker(&self, value: ValueId) -> Option<&Node> {
        let value = self.graph.value(value);
        if value.constant.is_some() { None } else { value.producer.map(|node| self.graph.node(node)) }
    }

    /// Whether a value of the copy has no user but the node at hand.
    pub fn used_once(&self, value: ValueId) -> bool {
        self.uses.get(value.index()).is_some_and(|&uses| uses <= 1)
    }

    /// The type that the node's only output must keep.
    pub fn result(&self, node: &Node) -> &'a crate::Type {
        &self.before.value(node.outputs[0]).ty
    }

    /// Whether the node's output is one of the graph's.
    pub fn is_output(&self, node: &Node) -> bool {
        self.is_output[node.outputs[0].index()]
    }

    // --- What rules write.

    /// Appends a constant, named after the node that it was made for.
    pub fn constant(&mut self, node: &Node, what: &str, tensor: Tensor) -> ValueId {
        self.graph.constant(format!("{}.{what}", node.name), tensor)
    }

    /// Appends a constant under the name of the node's output `i`.
    pub fn folded(&mut self, node: &Node, i: usize, tensor: Tensor) -> ValueId {
        self.graph.constant(self.before.value(node.outputs[i]).name.clone(), tensor)
    }

    /// Appends an operator in place of `node`, under its name and module. `None` if it cannot be or
    /// has another type.
    pub fn emit(&mut self, node: &Node, op: impl Into<Op>, inputs: Vec<Option<ValueId>>) -> Option<ValueId> {
        let output_names = vec![self.before.value(node.outputs[0]).name.clone()];
        let spec =
            NodeSpec { op: op.into(), inputs, name: node.name.clone(), output_names, module: node.module.clone() };
        let value = self.graph.add_node(spec).ok()?[0];
        (self.graph.value(value).ty == *self.result(node)).then_some(value)
    }
}

/// Both orders of a node's two inputs.
pub(super) fn both_orders(node: &Node) -> Option<[(ValueId, ValueId); 2]> {
    match node.inputs[..] {
        [Some(a), Some(b)] => Some([(a, b), (b, a)]),
        _ => None,
    }
}

/// Whether two factors or thresholds are the same but for rounding.
pub(super) fn close(a: f32, b: f32) -> bool {
    (a - b).abs() <= 1e-6 * b.abs()
}
