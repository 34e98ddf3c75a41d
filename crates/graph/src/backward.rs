//! What the gradient rule of an operator is given.

use crate::operand::Operands;
use crate::{Graph, GraphError, ModulePath, NodeId, Op, Reason, Tensor, ValueId};

/// How gradients pass a ReLU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// The derivative: where the input was positive.
    #[default]
    Standard,
    /// Guided backpropagation: where the input was positive and the gradient is (arXiv 1412.6806).
    Guided,
    /// Deconvolution network: where the gradient is positive (arXiv 1311.2901).
    Deconvnet,
}

/// What a gradient rule works with: the node, the cotangents of its outputs, and the graph to
/// append to.
pub struct Backward<'g> {
    graph: &'g mut Graph,
    node: NodeId,
    cotangents: Vec<Option<ValueId>>,
    wanted: Vec<bool>,
    rules: Rules,
}

impl<'g> Backward<'g> {
    /// At a node, whose outputs have these cotangents and some of whose inputs want one.
    pub(crate) fn new(
        graph: &'g mut Graph,
        node: NodeId,
        cotangents: Vec<Option<ValueId>>,
        wanted: Vec<bool>,
        rules: Rules,
    ) -> Self {
        Backward { graph, node, cotangents, wanted, rules }
    }

    /// Input `i` of the node, which shape inference has shown to be there.
    pub fn input(&self, i: usize) -> ValueId {
        self.graph.node(self.node).inputs[i].expect("a required input")
    }

    /// Input `i` of the node, if it was given.
    pub fn optional_input(&self, i: usize) -> Option<ValueId> {
        self.graph.node(self.node).inputs.get(i).copied().flatten()
    }

    /// Output `i` of the node.
    pub fn output(&self, i: usize) -> ValueId {
        self.graph.node(self.node).outputs[i]
    }

    /// The inputs of the node as its type rule sees them.
    pub(crate) fn operands(&self) -> Operands<'_> {
        self.graph.operands(&self.graph.node(self.node).inputs)
    }

    /// How many inputs the node has.
    pub fn inputs(&self) -> usize {
        self.wanted.len()
    }

    /// Whether the gradient of input `i` is needed.
    pub fn wanted(&self, i: usize) -> bool {
        self.wanted.get(i).copied().unwrap_or(false)
    }

    /// The cotangent of output `i`; `None` where the score does not depend on it.
    pub fn cotangent(&self, i: usize) -> Option<ValueId> {
        self.cotangents[i]
    }

    /// The cotangent of the only output.
    pub fn dy(&self) -> ValueId {
        self.cotangents[0].expect("a node with one output is visited only when that output has a cotangent")
    }

    /// How gradients pass a ReLU.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The graph, for reading.
    pub fn graph(&self) -> &Graph {
        self.graph
    }

    /// The graph, for appending.
    pub(crate) fn graph_mut(&mut self) -> &mut Graph {
        self.graph
    }

    /// The shape of a value.
    pub fn shape(&self, value: ValueId) -> Vec<usize> {
        self.graph.shape(value).to_vec()
    }

    /// Appends a node.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, GraphError> {
        self.graph.add(op, inputs, &ModulePath::root())
    }

    /// Appends a constant.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.graph.constant("gradient:constant", tensor)
    }

    /// Appends a 0-dimensional f32 constant.
    pub fn scalar(&mut self, value: f32) -> ValueId {
        self.constant(Tensor::scalar(value))
    }

    /// Appends a 1-dimensional integer constant.
    pub fn ints(&mut self, values: &[i64]) -> ValueId {
        self.constant(Tensor::ints(values))
    }

    /// The error for a gradient that is not defined.
    pub fn refuse(&self, reason: impl Into<Reason>) -> GraphError {
        let node = self.graph.node(self.node);
        GraphError::NotDifferentiable { op: node.op.name(), node: node.name.clone(), reason: reason.into() }
    }
}
