//! Graphs of very many small nodes: whatever is done before they run takes time in proportion.
//!
//! `cargo test --release -p heatlens-engine --test large -- --nocapture` prints the times: at most
//! 0.2 s to build each of them, 0.2 s to specialise, 0.6 s to simplify, 0.8 s to differentiate and
//! 1.0 s to compile.

use std::time::{Duration, Instant};

use heatlens_engine::{CompileOptions, Program};
use heatlens_graph::ops::*;
use heatlens_graph::simplify::simplify;
use heatlens_graph::{DType, Dim, Graph, ModulePath, Op, Rules, Tensor, ValueId, differentiate};

/// Nodes of each graph.
const NODES: usize = 100_000;

/// Far more than is needed, far less than what a step for each pair of nodes would take.
const MOST: Duration = Duration::from_secs(10);

/// Elementwise operators that the engine computes together, at most.
const MOST_LINKS: usize = 32;

/// A graph in the making, with one input of sixteen channels.
struct Net {
    graph: Graph,
    x: ValueId,
}

impl Net {
    fn new(shape: &[usize]) -> Self {
        let mut graph = Graph::new();
        let x = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), shape);
        Net { graph, x }
    }

    fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> ValueId {
        self.graph.add(op, inputs, &ModulePath::root()).unwrap()
    }

    fn conv(&mut self, x: ValueId) -> ValueId {
        let weight = self.graph.constant("w", Tensor::f32([16, 16, 1, 1], vec![0.1; 256]));
        self.add(Conv::default(), &[x, weight])
    }

    fn norm(&mut self, x: ValueId) -> ValueId {
        let parameters = [0; 4].map(|_| self.graph.constant("n", Tensor::f32([16], vec![0.5; 16])));
        self.add(BatchNormalization { epsilon: 1e-5 }, &[x, parameters[0], parameters[1], parameters[2], parameters[3]])
    }

    fn done(mut self, y: ValueId) -> Graph {
        self.graph.set_outputs(vec![y]);
        self.graph
    }
}

const MAP: [usize; 4] = [1, 16, 2, 2];

/// Layers one behind the other.
fn chain() -> Graph {
    let mut net = Net::new(&MAP);
    let mut y = net.x;
    for _ in 0..NODES / 2 {
        y = net.conv(y);
        y = net.add(Sigmoid, &[y]);
    }
    net.done(y)
}

/// Elementwise operators only, of which a kernel could take any number together.
fn elementwise() -> Graph {
    let mut net = Net::new(&MAP);
    let mut y = net.conv(net.x);
    for i in 0..NODES {
        y = if i % 2 == 0 { net.add(Abs, &[y]) } else { net.add(Neg, &[y]) };
    }
    net.done(y)
}

/// The same without four dimensions: nothing is blocked.
fn plain() -> Graph {
    let mut net = Net::new(&[1, 8]);
    let mut y = net.x;
    for i in 0..NODES {
        y = if i % 2 == 0 { net.add(Softmax { axis: 1 }, &[y]) } else { net.add(Neg, &[y]) };
    }
    net.done(y)
}

/// Values that are all read at the end, in the order opposite to that in which they are made.
fn nested() -> Graph {
    let mut net = Net::new(&MAP);
    let mut made = vec![net.x];
    for i in 0..NODES / 2 {
        made.push(net.add(Softmax { axis: 1 }, &[made[i]]));
    }
    let mut y = made.pop().unwrap();
    for value in made.into_iter().rev() {
        y = net.add(Mul, &[value, y]);
    }
    net.done(y)
}

/// Concatenations, each of which begins with the one before, in blocks.
fn dense() -> Graph {
    let mut net = Net::new(&MAP);
    let mut y = net.x;
    for _ in 0..NODES / 16 {
        let mut parts = y;
        for _ in 0..7 {
            let grown = net.add(Sigmoid, &[y]);
            parts = net.add(Concat { axis: 1 }, &[parts, grown]);
            y = grown;
        }
        let shape = net.graph.shape(parts).to_vec();
        let weight = net.graph.constant("w", Tensor::f32([16, shape[1], 1, 1], vec![0.1; 16 * shape[1]]));
        y = net.add(Conv::default(), &[parts, weight]);
    }
    net.done(y)
}

/// One concatenation of very many parts.
fn wide() -> Graph {
    let mut net = Net::new(&[1, 2]);
    let parts: Vec<ValueId> = (0..NODES).map(|_| net.add(Softmax { axis: 1 }, &[net.x])).collect();
    let y = net.add(Concat { axis: 1 }, &parts);
    net.done(y)
}

/// Many outputs.
fn outputs() -> Graph {
    let mut net = Net::new(&[1, 8]);
    let mut made = vec![net.x];
    for i in 0..NODES {
        made.push(net.add(Softmax { axis: 1 }, &[made[i]]));
    }
    net.graph.set_outputs(made);
    net.graph
}

/// Residual blocks, of which a kernel takes the addition and the activation.
fn residual() -> Graph {
    let mut net = Net::new(&MAP);
    let mut y = net.x;
    for _ in 0..NODES / 4 {
        let convolved = net.conv(y);
        let normalised = net.norm(convolved);
        let sum = net.add(Add, &[normalised, y]);
        y = net.add(Relu, &[sum]);
    }
    net.done(y)
}

/// One value that all others read.
fn star() -> Graph {
    let mut net = Net::new(&[1, 8]);
    let mut y = net.x;
    for _ in 0..NODES / 2 {
        let arm = net.add(Softmax { axis: 1 }, &[net.x]);
        y = net.add(Add, &[y, arm]);
    }
    net.done(y)
}

/// A chain and its gradient: every value is kept for the way back.
fn gradient() -> Graph {
    let mut net = Net::new(&MAP);
    let mut y = net.x;
    for _ in 0..NODES / 6 {
        y = net.conv(y);
        y = net.add(Sigmoid, &[y]);
    }
    with_gradient(net.done(y))
}

/// The graph and the gradient of its first output with respect to its input.
fn with_gradient(mut graph: Graph) -> Graph {
    let (x, y) = (graph.inputs()[0].value, graph.outputs()[0]);
    let gradient = differentiate(&mut graph, y, &[x], Rules::Standard).unwrap();
    graph.set_outputs(vec![y, gradient.gradients[0]]);
    graph
}

type Build = fn() -> Graph;

#[test]
#[cfg_attr(debug_assertions, ignore = "times are those of a release build")]
fn a_hundred_thousand_nodes_take_seconds() {
    let graphs: [(&str, Build); 10] = [
        ("chain", chain),
        ("elementwise", elementwise),
        ("plain", plain),
        ("nested", nested),
        ("dense", dense),
        ("wide", wide),
        ("outputs", outputs),
        ("residual", residual),
        ("star", star),
        ("gradient", gradient),
    ];
    for (name, build) in graphs {
        let mut clock = Clock(Instant::now());
        let graph = build();
        let built = clock.lap();
        let nodes = graph.nodes().len();
        assert!(nodes > 9 * NODES / 10, "{name} has {nodes} nodes");
        let shapes: Vec<&[usize]> = graph.inputs().iter().map(|input| graph.shape(input.value)).collect();
        let graph = graph.specialise(&shapes).unwrap();
        let specialised = clock.lap();
        let graph = simplify(&graph).unwrap();
        let simplified = clock.lap();
        let steep = with_gradient(graph.clone());
        let differentiated = clock.lap();
        let program = Program::compile_owned(graph, &CompileOptions::default()).unwrap();
        let compiled = clock.lap();
        println!(
            "{name}: {nodes} nodes, built in {built:.2?}, specialised in {specialised:.2?}, simplified in {simplified:.2?}, \
             differentiated in {differentiated:.2?} ({} nodes), compiled in {compiled:.2?}",
            steep.nodes().len()
        );
        assert!(program.steps().len() > NODES / MOST_LINKS, "{name} has {} steps", program.steps().len());
        for time in [built, specialised, simplified, differentiated, compiled] {
            assert!(time < MOST, "{name}: {time:.1?}");
        }
    }
}

/// Measures one thing after the other.
struct Clock(Instant);

impl Clock {
    fn lap(&mut self) -> Duration {
        let lap = self.0.elapsed();
        self.0 = Instant::now();
        lap
    }
}
