//! Simplified graphs compute what the graphs compute that they were made from.

#[path = "../../../tests/operators/support/mod.rs"]
mod support;

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_graph::ops::*;
use heatlens_graph::simplify::simplify;
use heatlens_graph::{Graph, Rules, ValueId, differentiate};
use support::{Net, Random, Sample};

/// Rounding of a weight that is scaled before instead of after a sum of a few dozen products,
/// relative to the largest result.
const TOLERANCE: f32 = 2e-6;

/// A network, its shape and the operators that are left of it.
struct Case {
    name: &'static str,
    shape: &'static [usize],
    left: &'static [&'static str],
    build: fn(&mut Net, ValueId) -> Vec<ValueId>,
}

fn names(graph: &Graph) -> Vec<&'static str> {
    graph.nodes().iter().map(|node| node.op.name()).collect()
}

/// All outputs for inputs drawn at random.
fn run(graph: &Graph) -> Vec<Vec<f32>> {
    let program = Arc::new(Program::compile(graph, &CompileOptions::default()).unwrap());
    let mut session = program.session();
    let mut random = Random::new("inputs");
    for i in 0..program.inputs() {
        session.set_input(i, &Sample::Between(-4.0, 4.0).draw(program.input_shape(i).iter().product(), &mut random));
    }
    session.run();
    (0..program.outputs()).map(|i| session.output(i).to_vec()).collect()
}

fn expect_equal(name: &str, simplified: &Graph, graph: &Graph) {
    for (i, (found, expected)) in run(simplified).iter().zip(run(graph)).enumerate() {
        let largest = expected.iter().fold(0f32, |m, v| m.max(v.abs()));
        assert!(largest > 0.0 && largest.is_finite(), "{name}: output {i} shows nothing");
        assert_eq!(found.len(), expected.len(), "{name}: output {i}");
        let error = found.iter().zip(&expected).fold(0f32, |m, (f, e)| m.max((f - e).abs())) / largest;
        assert!(error <= TOLERANCE, "{name}: output {i} is off by {error:e} of its largest value");
    }
}

fn batch_norm(net: &mut Net, x: ValueId) -> ValueId {
    let channels = net.graph.shape(x)[1];
    let parameters =
        [net.weights(&[channels]), net.weights(&[channels]), net.weights(&[channels]), net.positive(&[channels])];
    net.add(BatchNormalization { epsilon: 1e-3 }, &[&[x], &parameters[..]].concat())
}

fn conv(net: &mut Net, x: ValueId, weight: &[usize], conv: Conv) -> ValueId {
    let (weight, bias) = (net.weights(weight), net.weights(&[weight[0]]));
    net.add(conv, &[x, weight, bias])
}

fn swish_by_relu6(net: &mut Net, x: ValueId) -> ValueId {
    let [three, low, high] = [3.0, 0.0, 6.0].map(|v| net.scalar(v));
    let shifted = net.add(Add, &[x, three]);
    let clipped = net.add(Clip, &[shifted, low, high]);
    let product = net.add(Mul, &[x, clipped]);
    net.add(Div, &[product, high])
}

const CASES: &[Case] = &[
    Case {
        name: "convolution, normalisation, scale and shift by channel",
        shape: &[2, 4, 7, 6],
        left: &["Conv"],
        build: |net, x| {
            let grouped =
                Conv { strides: [2, 1], group: 2, padding: Padding::Explicit([0, 1, 2, 1]), ..Conv::default() };
            let y = conv(net, x, &[6, 2, 3, 3], grouped);
            let y = batch_norm(net, y);
            let (factor, divisor, offset) = (net.weights(&[1, 6, 1, 1]), net.positive(&[6, 1, 1]), net.weights(&[]));
            let y = net.add(Mul, &[factor, y]);
            let y = net.add(Div, &[y, divisor]);
            let y = net.add(Sub, &[y, offset]);
            vec![net.add(Add, &[offset, y])]
        },
    },
    Case {
        name: "a convolution whose own output is asked for",
        shape: &[1, 3, 5, 5],
        left: &["Conv", "BatchNormalization", "Relu"],
        build: |net, x| {
            let asked = conv(net, x, &[4, 3, 3, 3], Conv::default());
            let y = batch_norm(net, asked);
            vec![net.add(Relu, &[y]), asked]
        },
    },
    Case {
        name: "normalisation of the image itself",
        shape: &[2, 3, 5, 5],
        left: &["BatchNormalization", "Conv"],
        build: |net, x| {
            let y = batch_norm(net, x);
            vec![conv(net, y, &[2, 3, 3, 3], Conv::default())]
        },
    },
    Case {
        name: "a grouped transposed convolution",
        shape: &[2, 4, 3, 4],
        left: &["ConvTranspose"],
        build: |net, x| {
            let weight = net.weights(&[4, 3, 3, 2]);
            let padding = Padding::Explicit([1, 0, 0, 1]);
            let op = ConvTranspose { strides: [2, 3], dilations: [1, 1], padding, output_padding: [1, 0], group: 2 };
            let y = net.add(op, &[x, weight]);
            vec![batch_norm(net, y)]
        },
    },
    Case {
        name: "linear layers",
        shape: &[3, 5],
        left: &["Gemm", "Relu", "Gemm"],
        build: |net, x| {
            let (weight, bias) = (net.weights(&[5, 6]), net.weights(&[6]));
            let y = net.add(MatMul, &[x, weight]);
            let y = net.add(Add, &[bias, y]);
            let y = batch_norm(net, y);
            let y = net.add(Relu, &[y]);
            let (weight, bias) = (net.weights(&[4, 6]), net.weights(&[1, 4]));
            let y = net.add(Gemm { alpha: 0.5, beta: 2.0, trans_a: false, trans_b: true }, &[y, weight, bias]);
            vec![batch_norm(net, y)]
        },
    },
    Case {
        name: "padding before a strided convolution",
        shape: &[1, 2, 6, 7],
        left: &["Conv"],
        build: |net, x| {
            let pads = net.ints(&[0, 0, 0, 1, 0, 0, 1, 2]);
            let y = net.add(Pad { mode: PadMode::Constant }, &[x, pads]);
            vec![conv(net, y, &[3, 2, 3, 3], Conv { strides: [2, 2], padding: Padding::SameUpper, ..Conv::default() })]
        },
    },
    Case {
        name: "activations taken apart",
        shape: &[2, 3, 4, 4],
        left: &["Silu", "Mish", "HardSwish", "HardSwish", "Gelu"],
        build: |net, x| {
            let gate = net.add(Sigmoid, &[x]);
            let y = net.add(Mul, &[x, gate]);
            let gate = net.add(Softplus, &[y]);
            let gate = net.add(Tanh, &[gate]);
            let y = net.add(Mul, &[gate, y]);
            let gate = net.add(HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, &[y]);
            let y = net.add(Mul, &[y, gate]);
            let y = swish_by_relu6(net, y);
            let [root, one, half] = [std::f32::consts::SQRT_2, 1.0, 0.5].map(|v| net.scalar(v));
            let gate = net.add(Div, &[y, root]);
            let gate = net.add(Erf, &[gate]);
            let gate = net.add(Add, &[gate, one]);
            let y = net.add(Mul, &[y, gate]);
            vec![net.add(Mul, &[y, half])]
        },
    },
    Case {
        name: "layer normalisation taken apart",
        shape: &[2, 3, 8],
        left: &["LayerNormalization"],
        build: |net, x| {
            let (last, two, epsilon) = (net.ints(&[-1]), net.scalar(2.0), net.scalar(1e-5));
            let mean = net.add(ReduceMean { keep_dims: true }, &[x, last]);
            let centred = net.add(Sub, &[x, mean]);
            let squares = net.add(Pow, &[centred, two]);
            let variance = net.add(ReduceMean { keep_dims: true }, &[squares, last]);
            let variance = net.add(Add, &[variance, epsilon]);
            let deviation = net.add(Sqrt, &[variance]);
            let y = net.add(Div, &[centred, deviation]);
            let (scale, bias) = (net.weights(&[8]), net.weights(&[8]));
            let y = net.add(Mul, &[y, scale]);
            vec![net.add(Add, &[y, bias])]
        },
    },
    Case {
        name: "a large weight that is turned and changes nothing else",
        shape: &[2, 96],
        left: &["Gemm"],
        build: |net, x| {
            let weight = net.weights(&[64, 96]);
            let weight = net.add(Transpose { perm: vec![1, 0] }, &[weight]);
            let y = net.add(Identity, &[x]);
            let y = net.add(MatMul, &[y, weight]);
            vec![net.add(Dropout, &[y])]
        },
    },
    Case {
        name: "a residual block with a gate",
        shape: &[2, 4, 5, 5],
        left: &["Conv", "Silu", "GlobalAveragePool", "Conv", "Sigmoid", "Mul", "Conv", "Add"],
        build: |net, x| {
            let y =
                conv(net, x, &[4, 1, 3, 3], Conv { group: 4, padding: Padding::symmetric([1, 1]), ..Conv::default() });
            let y = batch_norm(net, y);
            let gate = net.add(Sigmoid, &[y]);
            let y = net.add(Mul, &[y, gate]);
            let pooled = net.add(GlobalAveragePool, &[y]);
            let gate = conv(net, pooled, &[4, 4, 1, 1], Conv::default());
            let gate = net.add(Sigmoid, &[gate]);
            let y = net.add(Mul, &[y, gate]);
            let y = conv(net, y, &[4, 4, 1, 1], Conv::default());
            let y = batch_norm(net, y);
            vec![net.add(Add, &[y, x])]
        },
    },
];

fn graph_of(case: &Case) -> Graph {
    let mut net = Net::new(case.shape);
    let x = net.x;
    let outputs = (case.build)(&mut net, x);
    net.graph.set_outputs(outputs);
    net.graph
}

#[test]
fn results_stay_and_nodes_go() {
    for case in CASES {
        let graph = graph_of(case);
        let simplified = simplify(&graph).unwrap();
        assert_eq!(names(&simplified), case.left, "{}", case.name);
        expect_equal(case.name, &simplified, &graph);
    }
}

#[test]
fn gradients_stay_too() {
    for case in CASES {
        let with_gradient = |mut graph: Graph| {
            let (y, x) = (graph.outputs()[0], graph.inputs()[0].value);
            let gradient = differentiate(&mut graph, y, &[x], Rules::Standard).unwrap();
            graph.set_outputs([&[y], &gradient.gradients[..]].concat());
            graph
        };
        let graph = graph_of(case);
        let plain = with_gradient(graph.clone());
        expect_equal(case.name, &simplify(&plain).unwrap(), &plain);
        expect_equal(case.name, &with_gradient(simplify(&graph).unwrap()), &plain);
    }
}
