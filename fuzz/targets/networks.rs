//! Small networks, simplified, written as ONNX and read: all give what the reference kernels give.

#![no_main]

use std::sync::Arc;

use heatlens_engine::Program;
use heatlens_formats::onnx;
use heatlens_fuzz::network::{network, noise};
use heatlens_graph::Graph;
use heatlens_graph::simplify::simplify;
use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;

/// What two orders of adding may differ by, of the largest result of a network whose values stay as
/// large as its input; Winograd's convolutions are off by 2e-6 each.
const TOLERANCE: f32 = 1e-4;

/// How often a change of the input by a hundredth of that may count: operators that divide make
/// differences larger.
const SENSITIVITY: f32 = 200.0;

fn run(program: Program, x: &[f32]) -> Vec<Vec<f32>> {
    let program = Arc::new(program);
    let mut session = program.session();
    session.set_input(0, x);
    session.run();
    (0..program.outputs()).map(|i| session.output(i).to_vec()).collect()
}

fn fast(graph: &Graph, x: &[f32]) -> Vec<Vec<f32>> {
    run(Program::compile(graph, &Default::default()).expect("a program"), x)
}

/// The largest magnitude; what is no number counts as the largest.
fn largest(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(0.0, |m, v| if v.abs() <= m || m.is_nan() { m } else { v.abs() })
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(graph) = network(&mut Unstructured::new(bytes)) else { return };
    let x = noise(&mut 7, graph.value(graph.inputs()[0].value).ty.len());
    let reference = |x: &[f32]| run(Program::compile_reference(&graph).expect("a program"), x);
    let expected = reference(&x);
    let nearby = reference(&x.iter().map(|x| x * (1.0 + 0.01 * TOLERANCE)).collect::<Vec<_>>());
    let simplified = simplify(&graph).expect("a graph");
    let written = onnx::write(&simplified, &Default::default()).expect("a file");
    let read = onnx::load(&written, &Default::default()).expect("what was written is read").graph;
    for (name, found) in
        [("fast", fast(&graph, &x)), ("simplified", fast(&simplified, &x)), ("read again", fast(&read, &x))]
    {
        assert_eq!(found.len(), expected.len(), "{name}");
        for (i, ((found, expected), nearby)) in found.iter().zip(&expected).zip(&nearby).enumerate() {
            assert_eq!(found.len(), expected.len(), "{name}: output {i}");
            let scale = largest(expected.iter().copied());
            if !scale.is_finite() || scale > 1e6 {
                continue;
            }
            let moved = largest(expected.iter().zip(nearby).map(|(a, b)| a - b));
            let error = largest(expected.iter().zip(found).map(|(a, b)| a - b));
            let most = TOLERANCE * scale.max(1e-3) + SENSITIVITY * moved;
            assert!(error <= most, "{name}: output {i} is off by {error:e}, at most {most:e} of {scale:e}");
        }
    }
});
