//! Finds what can be computed while a kernel stores its result: a residual addition and an
//! activation.

use heatlens_graph::{Graph, Node, Op, ValueId};

use crate::kernels::blocked::{Activation, Residual};

/// Which nodes read each value, counting only those that an output depends on.
pub(super) struct Uses {
    readers: Vec<Vec<usize>>,
    is_output: Vec<bool>,
}

impl Uses {
    pub(super) fn new(graph: &Graph, needed: &[bool]) -> Self {
        let mut readers = vec![Vec::new(); graph.values().len()];
        for (i, node) in graph.nodes().iter().enumerate().filter(|(i, _)| needed[*i]) {
            node.inputs.iter().flatten().for_each(|v| readers[v.index()].push(i));
        }
        let mut is_output = vec![false; graph.values().len()];
        graph.outputs().iter().for_each(|v| is_output[v.index()] = true);
        Uses { readers, is_output }
    }

    /// Whether no node behind `node` asks for a value.
    pub(super) fn ends_at(&self, value: ValueId, node: usize) -> bool {
        !self.is_output[value.index()] && self.readers[value.index()].last().is_none_or(|&last| last <= node)
    }

    /// The nodes that read a value that nobody asked for.
    pub(super) fn readers(&self, value: ValueId) -> Option<&[usize]> {
        (!self.is_output[value.index()]).then_some(&self.readers[value.index()])
    }

    /// The node that alone reads a value nobody asked for.
    fn only_reader(&self, value: ValueId) -> Option<usize> {
        match self.readers[value.index()].as_slice() {
            [reader] if !self.is_output[value.index()] => Some(*reader),
            _ => None,
        }
    }
}

/// What a kernel does on top of its node's work.
pub(super) struct Epilogue {
    /// What is added first.
    pub(super) residual: Option<ValueId>,
    /// What is applied then.
    pub(super) activation: Activation,
    /// The value that is stored in the end.
    pub(super) output: ValueId,
    /// The nodes behind that are done with.
    pub(super) absorbed: Vec<usize>,
}

impl Epilogue {
    /// Nothing on top.
    pub(super) fn none(node: &Node) -> Self {
        Epilogue { residual: None, activation: Activation::Identity, output: node.outputs[0], absorbed: Vec::new() }
    }

    /// All that can be done behind `node`. `at_hand` says whether a value can be added by now.
    pub(super) fn behind(
        graph: &Graph,
        node: &Node,
        uses: &Uses,
        residual: Residual,
        at_hand: impl Fn(ValueId) -> bool,
    ) -> Self {
        let mut epilogue = Epilogue::none(node);
        while let Some(reader) = uses.only_reader(epilogue.output) {
            let next = &graph.nodes()[reader];
            if let Some(activation) = Activation::of(graph, next).filter(|_| next.inputs[0] == Some(epilogue.output)) {
                epilogue.activation = activation;
            } else if let Some(other) = other_summand(graph, next, epilogue.output)
                && residual == Residual::Taken
                && epilogue.residual.is_none()
                && at_hand(other)
            {
                epilogue.residual = Some(other);
            } else {
                break;
            }
            epilogue.output = next.outputs[0];
            epilogue.absorbed.push(reader);
            if epilogue.activation != Activation::Identity {
                break;
            }
        }
        epilogue
    }
}

/// What `value` is added to, if `node` adds it to something of its shape.
fn other_summand(graph: &Graph, node: &Node, value: ValueId) -> Option<ValueId> {
    let Op::Add(_) = node.op else { return None };
    let [a, b] = [node.inputs[0]?, node.inputs[1]?];
    let other = if a == value { b } else { a };
    (other != value && graph.shape(other) == graph.shape(value)).then_some(other)
}
