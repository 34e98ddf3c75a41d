//! One operator with its arguments and what it must give.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_graph::ops::Conv;
use heatlens_graph::{DType, Data, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId};

/// Relative to the larger of 1 and the value: results are rounded to f32, a few times inside an
/// operator, and two operators approximate the error function to 1e-6.
const TOLERANCE: f64 = 4e-6;

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
pub struct Row {
    pub op: Op,
    arguments: Vec<Argument>,
    outputs: Vec<(Vec<usize>, Vec<f64>)>,
}

impl Row {
    /// A row of one output.
    pub fn new(op: impl Into<Op>, arguments: Vec<Argument>, shape: &[usize], elements: &[f64]) -> Row {
        Row::several(op, arguments, vec![(shape.to_vec(), elements.to_vec())])
    }

    pub fn several(op: impl Into<Op>, arguments: Vec<Argument>, outputs: Vec<(Vec<usize>, Vec<f64>)>) -> Row {
        Row { op: op.into(), arguments, outputs }
    }

    /// Runs the operator alone.
    pub fn check(&self) -> Result<(), String> {
        self.run(|_, value| value)
    }

    /// Runs the operator on what a convolution gives, which changes nothing: image inputs are then
    /// laid out as convolutions leave them. `None` where no input is an image.
    pub fn check_behind_convolution(&self) -> Option<Result<(), String>> {
        let is_image = |t: &Tensor| t.dtype() == DType::F32 && t.shape().len() == 4;
        self.arguments.iter().any(|a| matches!(a, Argument::Given(t) if is_image(t))).then(|| {
            self.run(|graph, value| {
                let [_, channels, _, _] = *graph.shape(value) else { return value };
                if graph.value(value).ty.dtype != DType::F32 {
                    return value;
                }
                let unit = (0..channels * channels).map(|i| f32::from(i % (channels + 1) == 0)).collect();
                let weight = graph.constant("unit", Tensor::f32([channels, channels, 1, 1], unit));
                graph.add(Conv::default(), &[value, weight], &ModulePath::root()).unwrap()
            })
        })
    }

    fn run(&self, prepare: impl Fn(&mut Graph, ValueId) -> ValueId) -> Result<(), String> {
        let mut graph = Graph::new();
        let mut given = Vec::new();
        let mut inputs = Vec::new();
        for argument in &self.arguments {
            inputs.push(match argument {
                Argument::Given(tensor) => {
                    let dims = tensor.shape().iter().map(|&n| Dim::Fixed(n)).collect();
                    let value = graph.input("x", tensor.dtype(), dims, tensor.shape());
                    given.push(elements(tensor));
                    Some(value)
                }
                Argument::Known(tensor) => Some(graph.constant("c", tensor.clone())),
                Argument::Absent => None,
            });
        }
        for (input, argument) in inputs.iter_mut().zip(&self.arguments) {
            if let (Some(value), Argument::Given(_)) = (input, argument) {
                *value = prepare(&mut graph, *value);
            }
        }
        let name = self.op.name();
        let spec = NodeSpec {
            op: self.op.clone(),
            inputs,
            name: String::new(),
            output_names: Vec::new(),
            module: ModulePath::root(),
        };
        let outputs = graph.add_node(spec).map_err(|error| format!("{name}: {error}"))?;
        graph.set_outputs(outputs);
        let program = Program::compile(&graph, &CompileOptions::default()).map_err(|e| format!("{name}: {e}"))?;
        let mut session = Arc::new(program).session();
        given.iter().enumerate().for_each(|(i, x)| session.set_input(i, x));
        session.run();
        assert_eq!(graph.outputs().len(), self.outputs.len(), "{name}");
        for (i, (shape, want)) in self.outputs.iter().enumerate() {
            let found = session.output(i);
            let is_near = |(&f, &w): (&f32, &f64)| (f64::from(f) - w).abs() <= TOLERANCE * w.abs().max(1.0);
            let same = found.len() == want.len() && found.iter().zip(want).all(is_near);
            if !same || graph.shape(graph.outputs()[i]) != shape {
                let shape_found = graph.shape(graph.outputs()[i]);
                return Err(format!(
                    "{:?}: output {i} is {shape_found:?} {found:?}, expected {shape:?} {want:?}",
                    self.op
                ));
            }
        }
        Ok(())
    }
}

fn elements(tensor: &Tensor) -> Vec<f32> {
    match tensor.data() {
        Data::F32(data) => data.to_vec(),
        Data::I64(data) => data.iter().map(|&x| x as f32).collect(),
        Data::Bool(data) => data.iter().map(|&x| f32::from(u8::from(x))).collect(),
    }
}
