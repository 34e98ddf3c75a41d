//! Gradients at ties and kinks, where the derivative is a convention: PyTorch's.
//! `tests/golden/gradient_ties/make.py` has made the expected ones.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_graph::ops::*;
use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Rules, Tensor, ValueId, differentiate};

const GOLDEN: &str = include_str!("../../../tests/golden/gradient_ties/ties.txt");

/// The operator that PyTorch's function of this name becomes, and its inputs.
fn operator(name: &str, graph: &mut Graph, x: ValueId) -> (Op, Vec<ValueId>) {
    let mut scalar = |value: f32| graph.constant("", Tensor::scalar(value));
    let max_pool = |kernel: usize, padding: usize| {
        let padding = Padding::symmetric([padding; 2]);
        Op::from(MaxPool { kernel: [kernel; 2], strides: [2; 2], dilations: [1; 2], padding, ceil_mode: false })
    };
    match name {
        "relu" => (Relu.into(), vec![x]),
        "relu6" => (Clip.into(), vec![x, scalar(0.0), scalar(6.0)]),
        "clamp" => (Clip.into(), vec![x, scalar(-1.0), scalar(2.0)]),
        "leaky_relu" => (LeakyRelu { alpha: 0.125 }.into(), vec![x]),
        "prelu" => (PRelu.into(), vec![x, scalar(0.25)]),
        "elu" => (Elu { alpha: 0.75 }.into(), vec![x]),
        "selu" => (Selu { alpha: 1.673_263_2, gamma: 1.050_701 }.into(), vec![x]),
        "hardsigmoid" => (HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }.into(), vec![x]),
        "hardswish" => (HardSwish.into(), vec![x]),
        "abs" => (Abs.into(), vec![x]),
        "maximum" => (Max.into(), vec![x, scalar(0.0)]),
        "minimum" => (Min.into(), vec![x, scalar(0.0)]),
        "power_0" => (Pow.into(), vec![x, scalar(0.0)]),
        "power_2" => (Pow.into(), vec![x, scalar(2.0)]),
        "max_pool_2" => (max_pool(2, 0), vec![x]),
        "max_pool_3" => (max_pool(3, 1), vec![x]),
        "global_max_pool" => (GlobalMaxPool.into(), vec![x]),
        reduction => {
            let axes = graph.constant("", Tensor::ints(&[1]));
            let op = match reduction {
                "amax" => ReduceMax { keep_dims: false }.into(),
                "amin" => ReduceMin { keep_dims: false }.into(),
                "norm" => ReduceL2 { keep_dims: false }.into(),
                "prod" => ReduceProd { keep_dims: false }.into(),
                other => panic!("the golden has a case {other} that is not known here"),
            };
            (op, vec![x, axes])
        }
    }
}

fn gradient(name: &str, shape: &[usize], x: &[f32], cotangent: &[f32], rules: Rules) -> Vec<f32> {
    let mut graph = Graph::new();
    let input = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), shape);
    let (op, inputs) = operator(name, &mut graph, input);
    let inputs = inputs.into_iter().map(Some).collect();
    let spec = NodeSpec { op, inputs, name: String::new(), output_names: Vec::new(), module: ModulePath::root() };
    let y = graph.add_node(spec).unwrap()[0];
    let gradient = differentiate(&mut graph, y, &[input], rules).unwrap();
    graph.set_outputs(gradient.gradients);
    let mut session = Arc::new(Program::compile(&graph, &CompileOptions::default()).unwrap()).session();
    session.set_input(0, x);
    session.set_input(1, cotangent);
    session.run();
    session.output(0).to_vec()
}

#[test]
fn ties_and_kinks_follow_pytorch() {
    let mut failures = Vec::new();
    for line in GOLDEN.lines() {
        let fields: Vec<&str> = line.split(" | ").collect();
        let numbers = |i: usize| -> Vec<f32> { fields[i].split_whitespace().map(|n| n.parse().unwrap()).collect() };
        let shape: Vec<usize> = fields[1].split_whitespace().map(|n| n.parse().unwrap()).collect();
        let (found, expected) = (gradient(fields[0], &shape, &numbers(2), &numbers(3), Rules::Standard), numbers(4));
        // A wrong convention is off by a whole slope, rounding by an ulp.
        let same = found.len() == expected.len()
            && found.iter().zip(&expected).all(|(f, e)| (f - e).abs() <= 1e-6 * e.abs().max(1.0));
        if !same {
            failures.push(format!("{}: {found:?}, PyTorch has {expected:?}", fields[0]));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(GOLDEN.lines().count() > 20);
}

#[test]
fn rules_differ_in_what_passes_a_relu() {
    let relu = |rules| gradient("relu", &[4], &[-1.0, 1.0, 1.0, -1.0], &[1.0, 2.0, -3.0, -4.0], rules);
    assert_eq!(relu(Rules::Standard), [0.0, 2.0, -3.0, 0.0]);
    assert_eq!(relu(Rules::Guided), [0.0, 2.0, 0.0, 0.0]);
    assert_eq!(relu(Rules::Deconvnet), [1.0, 2.0, 0.0, 0.0]);
}
