//! Operators with their arguments and what they must give.

use heatlens_graph::{Data, Graph, GraphError, ModulePath, NodeSpec, Op, Tensor, ValueId};

/// The shape of the eight numbers that elementwise operators are tried on.
pub const EIGHT: [usize; 4] = [1, 2, 2, 2];

/// On both sides of every kink, and on the kinks at 0 and ±3.
pub const POINTS: [f64; 8] = [-3.5, -3.0, -1.5, -0.25, 0.0, 0.75, 2.0, 3.0];

pub const POSITIVE: [f64; 8] = [0.125, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0];

/// Beside `POINTS`, no two alike but the third pair.
pub const OTHERS: [f64; 8] = [2.0, -1.0, -1.5, 4.0, 1.0, -0.5, 3.0, 0.5];

/// Half-way between integers, and not.
pub const HALVES: [f64; 8] = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.4, -0.6];

/// An argument of an operator.
#[derive(Clone)]
pub enum Argument {
    /// Known only while running.
    Given(Tensor),
    /// A constant.
    Known(Tensor),
    /// Left out.
    Absent,
}

/// A float argument that is given while running.
pub fn given(shape: &[usize], elements: &[f64]) -> Argument {
    Argument::Given(floats(shape, elements))
}

/// The same with the elements 0, 1, 2 …
pub fn counted(shape: &[usize]) -> Argument {
    given(shape, &count(shape.iter().product()))
}

/// 0, 1, 2 … of them.
pub fn count(len: usize) -> Vec<f64> {
    (0..len).map(|i| i as f64).collect()
}

/// Constant floats.
pub fn known(shape: &[usize], elements: &[f64]) -> Argument {
    Argument::Known(floats(shape, elements))
}

/// A list of constant integers, such as axes.
pub fn ints(values: &[i64]) -> Argument {
    Argument::Known(Tensor::ints(values))
}

/// Integers that are given while running.
pub fn given_ints(values: &[i64]) -> Argument {
    Argument::Given(Tensor::ints(values))
}

/// Truth values that are given while running.
pub fn truths(shape: &[usize], values: &[bool]) -> Argument {
    Argument::Given(Tensor::bool(shape, values.to_vec()))
}

fn floats(shape: &[usize], elements: &[f64]) -> Tensor {
    Tensor::f32(shape, elements.iter().map(|&x| x as f32).collect())
}

/// An operator, its arguments and its outputs: shape and row-major elements of each, truth values as
/// 0 and 1.
pub struct Example {
    pub op: Op,
    pub arguments: Vec<Argument>,
    pub outputs: Vec<(Vec<usize>, Vec<f64>)>,
}

impl Example {
    /// An example of one output.
    pub fn new(op: impl Into<Op>, arguments: Vec<Argument>, shape: &[usize], elements: &[f64]) -> Self {
        Example::several(op, arguments, vec![(shape.to_vec(), elements.to_vec())])
    }

    pub fn several(op: impl Into<Op>, arguments: Vec<Argument>, outputs: Vec<(Vec<usize>, Vec<f64>)>) -> Self {
        Example { op: op.into(), arguments, outputs }
    }

    /// The arguments that are given while running.
    pub fn given(&self) -> impl Iterator<Item = &Tensor> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Given(tensor) => Some(tensor),
            _ => None,
        })
    }

    /// The elements of the arguments that are given while running.
    pub fn inputs(&self) -> Vec<Vec<f32>> {
        let elements = |tensor: &Tensor| match tensor.data() {
            Data::F32(data) => data.to_vec(),
            Data::I64(data) => data.iter().map(|&x| x as f32).collect(),
            Data::Bool(data) => data.iter().map(|&x| f32::from(u8::from(x))).collect(),
        };
        self.given().map(elements).collect()
    }

    /// The operator in a graph of its own; `input` makes the inputs for what is given.
    ///
    /// # Errors
    /// If the operator does not take its arguments.
    pub fn graph(&self, input: impl Fn(&mut Graph, &Tensor) -> ValueId) -> Result<Graph, GraphError> {
        let mut graph = Graph::new();
        let enter = |argument: &Argument| match argument {
            Argument::Given(tensor) => Some(input(&mut graph, tensor)),
            Argument::Known(tensor) => Some(graph.constant("c", tensor.clone())),
            Argument::Absent => None,
        };
        let inputs = self.arguments.iter().map(enter).collect();
        let (op, module) = (self.op.clone(), ModulePath::root());
        let outputs = graph.add_node(NodeSpec { op, inputs, name: String::new(), output_names: Vec::new(), module })?;
        graph.set_outputs(outputs);
        Ok(graph)
    }
}

/// An operator on each of eight elements.
pub fn of_one(op: impl Into<Op>, points: [f64; 8], f: impl Fn(f64) -> f64) -> Example {
    Example::new(op, vec![given(&EIGHT, &points)], &EIGHT, &points.map(f))
}

/// Elements of one shape, and one of the two broadcast along all but the last dimension.
pub fn of_two(op: impl Into<Op>, a: [f64; 8], b: [f64; 8], f: impl Fn(f64, f64) -> f64) -> Vec<Example> {
    let op = op.into();
    let each: Vec<f64> = a.iter().zip(b).map(|(&a, b)| f(a, b)).collect();
    let spread: Vec<f64> = (0..8).map(|i| f(a[i], b[i % 2])).collect();
    vec![
        Example::new(op.clone(), vec![given(&EIGHT, &a), given(&EIGHT, &b)], &EIGHT, &each),
        Example::new(op, vec![given(&EIGHT, &a), given(&[2], &b[..2])], &EIGHT, &spread),
    ]
}

/// A comparison that gives 0 and 1.
pub fn as_number(f: fn(&f64, &f64) -> bool) -> impl Fn(f64, f64) -> f64 {
    move |a, b| f64::from(u8::from(f(&a, &b)))
}

/// `2/√π ∫₀ˣ e^(−t²) dt` by its power series.
pub fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / n as f64;
        sum += term / (2 * n + 1) as f64;
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

pub fn softplus(x: f64) -> f64 {
    (1.0 + x.exp()).ln()
}
