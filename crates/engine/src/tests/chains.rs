//! Elementwise nodes that are computed together, against the same nodes one by one on plain
//! buffers.

use heatlens_graph::ops::*;
use heatlens_graph::{DType, Dim, Graph, ModulePath, Op, Tensor, ValueId};

use super::{assert_close, noise, on_every_isa, run, run_plain};
use crate::simd::Isa;
use crate::{CompileOptions, Program};

const SHAPE: [usize; 4] = [2, 19, 13, 11];

/// A graph whose values `x` are blocked: each is what a convolution makes of the input.
struct Sketch {
    graph: Graph,
    x: Vec<ValueId>,
}

impl Sketch {
    fn new(convolutions: usize) -> Self {
        let mut graph = Graph::new();
        let x = graph.input("x", DType::F32, SHAPE.iter().map(|&n| Dim::Fixed(n)).collect(), &SHAPE);
        let mut sketch = Sketch { graph, x: Vec::new() };
        for i in 0..convolutions {
            let weight = Tensor::f32([19, 19, 1, 1], noise(19 * 19, i as u64 + 1));
            let weight = sketch.graph.constant("w", weight);
            let convolved = sketch.add(Conv::default(), &[x, weight]);
            sketch.x.push(convolved);
        }
        sketch
    }

    fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> ValueId {
        self.graph.add(op, inputs, &ModulePath::root()).unwrap()
    }

    fn number(&mut self, x: f32) -> ValueId {
        self.graph.constant("number", Tensor::scalar(x))
    }

    /// Compares every output on every instruction set, and returns the operators of the steps.
    fn check(mut self, outputs: &[ValueId]) -> Vec<&'static str> {
        self.graph.set_outputs(outputs.to_vec());
        let x = noise(SHAPE.iter().product(), 77);
        let want = run_plain(&self.graph, Isa::Portable, &[&x]);
        on_every_isa(|isa| {
            for (i, (have, want)) in run(&self.graph, isa, &[&x]).iter().zip(&want).enumerate() {
                assert_close(have, want, 2e-5, &format!("output {i} on {}", isa.name()));
            }
        });
        let program = Program::compile_for(&self.graph, &CompileOptions::default(), Isa::Portable).unwrap();
        program.steps().map(|step| step.op).filter(|op| !["Conv", "Reorder"].contains(op)).collect()
    }
}

#[test]
fn what_is_read_only_inside_a_chain_is_not_stored() {
    let mut s = Sketch::new(2);
    let (x, dy, one) = (s.x[0], s.x[1], s.number(1.0));
    let gate = s.add(Sigmoid, &[x]);
    let rest = s.add(Sub, &[one, gate]);
    let slope = s.add(Mul, &[x, rest]);
    let slope = s.add(Add, &[one, slope]);
    let scaled = s.add(Mul, &[dy, gate]);
    let y = s.add(Mul, &[scaled, slope]);
    assert_eq!(s.check(&[y]), ["Elementwise"]);
}

#[test]
fn comparisons_and_choices_by_numbers_and_tensors() {
    let mut s = Sketch::new(3);
    let (a, b, c) = (s.x[0], s.x[1], s.x[2]);
    let [zero, half] = [0.0, 0.5].map(|x| s.number(x));
    let above = s.add(Greater, &[a, zero]);
    let below = s.add(Less, &[a, half]);
    let inside = s.add(Where, &[below, b, c]);
    let outside = s.add(Where, &[above, inside, zero]);
    let both = s.add(And, &[above, below]);
    let y = s.add(Where, &[both, half, outside]);
    let y = s.add(Clip, &[y, zero, half]);
    let y = s.add(Tanh, &[y]);
    let y = s.add(Where, &[below, zero, y]);
    assert_eq!(s.check(&[y]), ["Elementwise"]);
}

#[test]
fn outputs_and_what_others_read_are_stored() {
    let mut s = Sketch::new(2);
    let (a, b) = (s.x[0], s.x[1]);
    let sum = s.add(Mul, &[a, b]);
    let asked = s.add(Neg, &[sum]);
    let shared = s.add(Abs, &[asked]);
    let end = s.add(Sub, &[shared, a]);
    let pooled = s.add(GlobalAveragePool, &[shared]);
    assert_eq!(s.check(&[asked, end, pooled]), ["Elementwise", "Abs", "Sub", "GlobalAveragePool"]);
}

#[test]
fn interleaved_chains_keep_apart() {
    let mut s = Sketch::new(2);
    let (a, b) = (s.x[0], s.x[1]);
    let [p, q] = [s.add(Mul, &[a, b]), s.add(Sub, &[a, b])];
    let [p, q] = [s.add(Abs, &[p]), s.add(Neg, &[q])];
    let [p, q] = [s.add(Sqrt, &[p]), s.add(Exp, &[q])];
    assert_eq!(s.check(&[p, q]), ["Elementwise", "Elementwise"]);
}

#[test]
fn the_same_operand_twice_and_overwritten_operands() {
    let mut s = Sketch::new(1);
    let x = s.x[0];
    let square = s.add(Mul, &[x, x]);
    let y = s.add(Add, &[square, square]);
    let y = s.add(Sub, &[y, x]);
    // Behind a node that is not elementwise, so that this chain overwrites what nothing else reads.
    let pooled = s.add(
        MaxPool {
            kernel: [3; 2],
            strides: [1; 2],
            dilations: [1; 2],
            padding: Padding::symmetric([1; 2]),
            ceil_mode: false,
        },
        &[y],
    );
    let z = s.add(Mul, &[pooled, pooled]);
    let z = s.add(Sub, &[z, pooled]);
    assert_eq!(s.check(&[z]), ["Elementwise", "MaxPool", "Elementwise"]);
}

#[test]
fn more_operands_than_a_chain_can_read() {
    let mut s = Sketch::new(12);
    let mut y = s.x[0];
    for x in s.x.clone() {
        y = s.add(Div, &[y, x]);
        y = s.add(Tanh, &[y]);
    }
    let steps = s.check(&[y]);
    assert_eq!(steps.len(), 24, "{steps:?}");
}
