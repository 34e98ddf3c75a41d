//! Files of very many inputs, outputs and nodes take time in proportion.

use std::time::{Duration, Instant};

use heatlens_formats::{load, onnx};
use heatlens_graph::ops::{Add, Softmax};
use heatlens_graph::{DType, Dim, Graph, ModulePath, Tensor};

/// Inputs, outputs, constants of one name, and half of the nodes.
const MANY: usize = 40_000;

/// Far more than is needed, far less than what a step for each pair of values would take.
const MOST: Duration = Duration::from_secs(20);

#[test]
#[cfg_attr(debug_assertions, ignore = "times are those of a release build")]
fn many_inputs_and_outputs_are_written_and_read_in_seconds() {
    let mut graph = Graph::new();
    let root = ModulePath::root();
    let mut outputs = Vec::new();
    for _ in 0..MANY {
        let x = graph.input("x", DType::F32, vec![Dim::Fixed(1), Dim::Fixed(2)], &[1, 2]);
        let w = graph.constant("w", Tensor::f32([2], vec![1.0, 2.0]));
        let sum = graph.add(Add, &[x, w], &root).unwrap();
        outputs.push(graph.add(Softmax { axis: 1 }, &[sum], &root).unwrap());
    }
    graph.set_outputs(outputs);
    let start = Instant::now();
    let file = onnx::write(&graph, &Default::default()).unwrap();
    let written = start.elapsed();
    let read = load(&file, &Default::default()).unwrap().graph;
    let took = start.elapsed() - written;
    println!("{} bytes written in {written:.2?}, read in {took:.2?}", file.len());
    assert_eq!((read.inputs().len(), read.outputs().len(), read.nodes().len()), (MANY, MANY, 2 * MANY));
    assert!(written < MOST && took < MOST, "written in {written:.1?}, read in {took:.1?}");
}
