//! Small graphs for the tests of the rewrites.

use crate::{DType, Dim, Graph, ModulePath, Op, Tensor, ValueId};

/// A graph in the making with one input.
pub(super) struct Sketch {
    pub graph: Graph,
    pub x: ValueId,
}

impl Sketch {
    /// A graph with an input of this shape.
    pub fn new(shape: &[usize]) -> Self {
        let mut sketch = Sketch { graph: Graph::new(), x: Graph::new().constant("", Tensor::scalar(0.0)) };
        sketch.x = sketch.input("x", shape);
        sketch
    }

    /// Another input.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> ValueId {
        let dims = shape.iter().map(|&n| Dim::Fixed(n)).collect();
        self.graph.input(name, DType::F32, dims, shape)
    }

    /// Appends a node.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> ValueId {
        self.graph.add(op, inputs, &ModulePath::root()).unwrap()
    }

    /// A constant filled with one number.
    pub fn floats(&mut self, shape: &[usize], value: f32) -> ValueId {
        self.graph.constant("floats", Tensor::f32(shape, vec![value; shape.iter().product()]))
    }

    /// The graph with these outputs.
    pub fn finish(&mut self, outputs: &[ValueId]) -> Graph {
        self.graph.set_outputs(outputs.to_vec());
        self.graph.clone()
    }
}

/// The operators of a graph, in order.
pub(super) fn names(graph: &Graph) -> Vec<&'static str> {
    graph.nodes().iter().map(|node| node.op.name()).collect()
}
