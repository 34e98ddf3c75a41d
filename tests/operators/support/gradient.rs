//! Small graphs, and numbers to check their gradients at.

use heatlens_graph::ops::{Mul, ReduceSum};
use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId};

use super::random::Random;

/// How the gradient rule of an operator is checked.
pub enum Gradient {
    /// Against finite differences.
    Sampled(Vec<Row>),
    /// Nothing flows through the operator, for this reason.
    Nothing(&'static str),
}

/// What the gradient's own gradient is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curvature {
    /// Checked as the gradient is.
    Curved,
    /// The function is piecewise linear: asking for it must say that nothing flows.
    Flat,
}

/// One check: a function of x, and where to sample it.
pub struct Row {
    /// Begins with the operator's name.
    pub name: &'static str,
    pub shape: &'static [usize],
    pub sample: Sample,
    pub curvature: Curvature,
    pub build: fn(&mut Net, ValueId) -> ValueId,
}

pub fn curved(
    name: &'static str,
    shape: &'static [usize],
    sample: Sample,
    build: fn(&mut Net, ValueId) -> ValueId,
) -> Row {
    Row { name, shape, sample, curvature: Curvature::Curved, build }
}

pub fn flat(
    name: &'static str,
    shape: &'static [usize],
    sample: Sample,
    build: fn(&mut Net, ValueId) -> ValueId,
) -> Row {
    Row { name, shape, sample, curvature: Curvature::Flat, build }
}

/// Where a row takes its input from. All numbers are multiples of 2⁻¹².
#[derive(Clone, Copy)]
pub enum Sample {
    /// Uniform between two bounds.
    Between(f32, f32),
    /// Uniform in −4 … 4, at least 0.1 away from these kinks.
    Away(&'static [f32]),
    /// In random order, 0.1 apart: no step changes which of two is larger.
    Ranked,
}

impl Sample {
    pub fn draw(self, len: usize, random: &mut Random) -> Vec<f32> {
        let grid = |x: f32| (x * 4096.0).round() / 4096.0;
        match self {
            Sample::Between(low, high) => (0..len).map(|_| grid(low + (high - low) * random.next())).collect(),
            Sample::Away(kinks) => {
                let near = |x: f32| kinks.iter().any(|kink| (x - kink).abs() < 0.1);
                let mut draws = std::iter::repeat_with(|| grid(8.0 * random.next() - 4.0)).filter(|&x| !near(x));
                draws.by_ref().take(len).collect()
            }
            Sample::Ranked => {
                let mut ranks: Vec<usize> = (0..len).collect();
                for i in (1..len).rev() {
                    ranks.swap(i, (random.next() * (i + 1) as f32) as usize);
                }
                ranks.into_iter().map(|rank| grid(0.1 * (rank as f32 - len as f32 / 2.0))).collect()
            }
        }
    }
}

/// A graph with one input, x.
pub struct Net {
    pub graph: Graph,
    pub x: ValueId,
    random: Random,
}

impl Net {
    pub fn new(shape: &[usize]) -> Self {
        let mut graph = Graph::new();
        let x = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), shape);
        Net { graph, x, random: Random::new("weights") }
    }

    /// A node of one output.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> ValueId {
        self.graph.add(op, inputs, &ModulePath::root()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A node with left-out inputs or several outputs.
    pub fn add_node(&mut self, op: impl Into<Op>, inputs: &[Option<ValueId>]) -> Vec<ValueId> {
        let spec = NodeSpec {
            op: op.into(),
            inputs: inputs.to_vec(),
            name: String::new(),
            output_names: Vec::new(),
            module: ModulePath::root(),
        };
        self.graph.add_node(spec).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A constant.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.graph.constant("", tensor)
    }

    /// Constant integers.
    pub fn ints(&mut self, values: &[i64]) -> ValueId {
        self.constant(Tensor::ints(values))
    }

    /// A constant number.
    pub fn scalar(&mut self, value: f32) -> ValueId {
        self.constant(Tensor::scalar(value))
    }

    /// Random constants.
    pub fn drawn(&mut self, sample: Sample, shape: &[usize]) -> ValueId {
        let elements = sample.draw(shape.iter().product(), &mut self.random);
        self.constant(Tensor::f32(shape, elements))
    }

    /// Random constants between −1 and 1.
    pub fn weights(&mut self, shape: &[usize]) -> ValueId {
        self.drawn(Sample::Between(-1.0, 1.0), shape)
    }

    /// Random constants between ½ and 1½.
    pub fn positive(&mut self, shape: &[usize]) -> ValueId {
        self.drawn(Sample::Between(0.5, 1.5), shape)
    }
}

/// x and another function of it, broadcast against it: both cotangents of a binary operator are
/// needed.
pub fn both(net: &mut Net, op: impl Into<Op>, x: ValueId) -> ValueId {
    let weights = net.positive(&[3, 4]);
    let weighted = net.add(Mul, &[x, weights]);
    let axes = net.ints(&[1]);
    let other = net.add(ReduceSum { keep_dims: true }, &[weighted, axes]);
    net.add(op, &[x, other])
}

/// An operator that takes x and a list of integers.
pub fn with_ints(net: &mut Net, op: impl Into<Op>, x: ValueId, list: &[i64]) -> ValueId {
    let list = net.ints(list);
    net.add(op, &[x, list])
}

/// A reduction over these axes, or all.
pub fn reduced(net: &mut Net, op: impl Into<Op>, x: ValueId, axes: Option<&[i64]>) -> ValueId {
    let axes = axes.map(|axes| net.ints(axes));
    net.add_node(op, &[Some(x), axes])[0]
}
