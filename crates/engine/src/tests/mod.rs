//! Every kernel on every instruction set that the machine has, against formulas written out.

mod blocked;
mod chains;
mod convolution;
mod folded;
mod joins;
mod naive;
mod pooling;
mod products;
mod residuals;
mod running;
mod statistics;

use std::sync::Arc;

use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId};

use crate::simd::Isa;
use crate::{CompileOptions, Program};

/// Reproducible numbers in [−1, 1).
pub(crate) fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// An argument of an operator under test.
#[derive(Clone)]
pub(crate) enum Argument {
    /// Given at run time.
    Given(Tensor),
    /// Known when the program is compiled.
    Known(Tensor),
    /// Left out.
    Absent,
}

pub(crate) fn given(shape: &[usize], seed: u64) -> Argument {
    Argument::Given(Tensor::f32(shape, noise(shape.iter().product(), seed)))
}

pub(crate) fn known(shape: &[usize], seed: u64) -> Argument {
    Argument::Known(Tensor::f32(shape, noise(shape.iter().product(), seed)))
}

impl Argument {
    pub(crate) fn elements(&self) -> &[f32] {
        match self {
            Argument::Given(t) | Argument::Known(t) => t.as_f32().unwrap(),
            Argument::Absent => &[],
        }
    }
}

/// A graph of one operator.
pub(crate) fn graph_of(op: impl Into<Op>, arguments: &[Argument]) -> Graph {
    let mut graph = Graph::new();
    let inputs: Vec<Option<ValueId>> = arguments
        .iter()
        .map(|argument| match argument {
            Argument::Given(t) => {
                let dims = t.shape().iter().map(|&n| Dim::Fixed(n)).collect();
                Some(graph.input("x", t.dtype(), dims, t.shape()))
            }
            Argument::Known(t) => Some(graph.constant("c", t.clone())),
            Argument::Absent => None,
        })
        .collect();
    let spec =
        NodeSpec { op: op.into(), inputs, name: String::new(), output_names: Vec::new(), module: ModulePath::root() };
    let outputs = graph.add_node(spec).unwrap();
    graph.set_outputs(outputs);
    graph
}

/// The outputs of a graph for these inputs.
pub(crate) fn run(graph: &Graph, isa: Isa, inputs: &[&[f32]]) -> Vec<Vec<f32>> {
    run_program(Program::compile_for(graph, &CompileOptions::default(), isa).unwrap(), inputs)
}

/// The same on plain buffers only.
pub(crate) fn run_plain(graph: &Graph, isa: Isa, inputs: &[&[f32]]) -> Vec<Vec<f32>> {
    run_program(Program::compile_plain(graph, isa).unwrap(), inputs)
}

fn run_program(program: Program, inputs: &[&[f32]]) -> Vec<Vec<f32>> {
    let program = Arc::new(program);
    let mut session = program.session();
    inputs.iter().enumerate().for_each(|(i, x)| session.set_input(i, x));
    session.run();
    let first: Vec<Vec<f32>> = (0..program.outputs()).map(|i| session.output(i).to_vec()).collect();
    // Running again must give the same: nothing that a run needs may be overwritten by it.
    session.run();
    for (i, first) in first.iter().enumerate() {
        assert!(first.iter().zip(session.output(i)).all(|(a, b)| a.to_bits() == b.to_bits()), "the second run differs");
    }
    first
}

/// The outputs of one operator.
pub(crate) fn run_op(op: impl Into<Op>, isa: Isa, arguments: &[Argument]) -> Vec<Vec<f32>> {
    let graph = graph_of(op, arguments);
    let inputs: Vec<Vec<f32>> =
        arguments.iter().filter_map(|a| if let Argument::Given(t) = a { Some(floats(t)) } else { None }).collect();
    run(&graph, isa, &inputs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Elements as the engine holds them.
pub(crate) fn floats(tensor: &Tensor) -> Vec<f32> {
    match tensor.dtype() {
        DType::F32 => tensor.as_f32().unwrap().to_vec(),
        DType::I64 => tensor.as_i64().unwrap().iter().map(|&x| x as f32).collect(),
        DType::Bool => tensor.as_bool().unwrap().iter().map(|&x| f32::from(u8::from(x))).collect(),
    }
}

/// Asserts that `have` is `want` within `tolerance` of the larger of 1 and |want|.
pub(crate) fn assert_close(have: &[f32], want: &[f32], tolerance: f32, what: &str) {
    assert_eq!(have.len(), want.len(), "{what}: number of elements");
    for (i, (&h, &w)) in have.iter().zip(want).enumerate() {
        let same = h == w || (h.is_nan() && w.is_nan()) || (h - w).abs() <= tolerance * w.abs().max(1.0);
        assert!(same, "{what}: element {i} is {h}, expected {w}");
    }
}

/// Calls `check` for every instruction set of this machine.
pub(crate) fn on_every_isa(check: impl Fn(Isa)) {
    Isa::available().into_iter().for_each(check);
}
