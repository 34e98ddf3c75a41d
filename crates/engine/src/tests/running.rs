//! Programs and sessions: stages, memory, threads, refusals.

use std::sync::Arc;

use heatlens_graph::ops::*;
use heatlens_graph::{DType, Dim, Graph, ModulePath, Rules, Tensor, ValueId, differentiate};

use super::{noise, on_every_isa};
use crate::simd::Isa;
use crate::{CompileOptions, EngineError, Program};

/// A residual network of a few layers: input (n, 3, 20, 24), outputs logits and the last feature
/// map.
fn network(n: usize) -> (Graph, ValueId, ValueId) {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let x = graph.input(
        "x",
        DType::F32,
        vec![Dim::Free("n".into()), Dim::Fixed(3), Dim::Fixed(20), Dim::Fixed(24)],
        &[n, 3, 20, 24],
    );
    let weight = |graph: &mut Graph, shape: &[usize], seed| {
        let fan: usize = shape[1..].iter().product();
        graph.constant(
            "w",
            Tensor::f32(
                shape,
                noise(shape.iter().product(), seed).iter().map(|w| w * (2.0 / fan as f32).sqrt()).collect::<Vec<_>>(),
            ),
        )
    };
    let conv = |stride: usize, pad: usize| Conv {
        strides: [stride; 2],
        padding: Padding::symmetric([pad; 2]),
        ..Conv::default()
    };
    let (w1, w2, w3, w4) = (
        weight(&mut graph, &[20, 3, 3, 3], 1),
        weight(&mut graph, &[20, 20, 3, 3], 2),
        weight(&mut graph, &[20, 20, 3, 3], 3),
        weight(&mut graph, &[5, 20], 4),
    );
    let stem = graph.add(conv(2, 1), &[x, w1], &root).unwrap();
    let stem = graph.add(Relu, &[stem], &root).unwrap();
    let a = graph.add(conv(1, 1), &[stem, w2], &root).unwrap();
    let a = graph.add(Relu, &[a], &root).unwrap();
    let a = graph.add(conv(1, 1), &[a, w3], &root).unwrap();
    let a = graph.add(Add, &[a, stem], &root).unwrap();
    let features = graph.add(Relu, &[a], &root).unwrap();
    let pooled = graph.add(GlobalAveragePool, &[features], &root).unwrap();
    let flat = graph.add(Flatten { axis: 1 }, &[pooled], &root).unwrap();
    let logits = graph.add(Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: true }, &[flat, w4], &root).unwrap();
    graph.set_outputs(vec![logits, features]);
    (graph, logits, features)
}

fn program(graph: &Graph, late_inputs: Vec<usize>, isa: Isa) -> Arc<Program> {
    Arc::new(Program::compile_for(graph, &CompileOptions { late_inputs }, isa).unwrap())
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn a_batch_is_its_images_and_threads_do_not_matter() {
    let x = noise(3 * 3 * 20 * 24, 7);
    on_every_isa(|isa| {
        let run = |n: usize, x: &[f32], threads: usize| {
            let mut session = program(&network(n).0, vec![], isa).session();
            session.set_input(0, x);
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| session.run());
            (bits(session.output(0)), bits(session.output(1)))
        };
        let whole = run(3, &x, 1);
        assert_eq!(whole, run(3, &x, 2), "two threads on {}", isa.name());
        let singles: Vec<_> = x.chunks(3 * 20 * 24).map(|x| run(1, x, 2)).collect();
        assert_eq!(whole.0, singles.iter().flat_map(|s| s.0.clone()).collect::<Vec<_>>(), "images on {}", isa.name());
        assert_eq!(whole.1, singles.iter().flat_map(|s| s.1.clone()).collect::<Vec<_>>(), "images on {}", isa.name());
    });
}

#[test]
fn late_inputs_are_resumed_again_and_again() {
    let (mut graph, logits, features) = network(2);
    let gradient = differentiate(&mut graph, logits, &[features], Rules::Standard).unwrap();
    graph.set_outputs(vec![logits, features, gradient.gradients[0]]);
    let x = noise(2 * 3 * 20 * 24, 7);
    on_every_isa(|isa| {
        let staged = program(&graph, vec![1], isa);
        assert!(staged.steps().any(|step| step.late) && staged.steps().any(|step| !step.late));
        let mut session = staged.session();
        session.set_input(0, &x);
        session.run();
        let mut direct = program(&graph, vec![], isa).session();
        direct.set_input(0, &x);
        for class in [3, 0, 4] {
            let seed: Vec<f32> = (0..10).map(|i| f32::from(u8::from(i % 5 == class))).collect();
            session.set_input(1, &seed);
            session.resume();
            direct.set_input(1, &seed);
            direct.run();
            (0..3)
                .for_each(|i| assert_eq!(bits(session.output(i)), bits(direct.output(i)), "output {i}, class {class}"));
            assert!(session.output(2).iter().any(|&g| g != 0.0));
        }
        // The second image's gradient does not depend on the first image's seed.
        session.set_input(1, &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        session.resume();
        let (first, second) = session.output(2).split_at(20 * 10 * 12);
        assert!(first.iter().all(|&g| g == 0.0) && second.iter().any(|&g| g != 0.0));
    });
}

#[test]
fn activations_share_memory() {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let mut x = graph.input("x", DType::F32, vec![Dim::Fixed(1000)], &[1000]);
    for _ in 0..50 {
        let y = graph.add(Sigmoid, &[x], &root).unwrap();
        x = graph.add(Mul, &[x, y], &root).unwrap();
    }
    graph.set_outputs(vec![x]);
    let program = Program::compile(&graph, &CompileOptions::default()).unwrap();
    assert!(program.session_bytes() <= 4 * 1008 * 4, "{} bytes for a chain of 100 steps", program.session_bytes());
}

#[test]
fn outputs_may_be_inputs_constants_or_views() {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let x = graph.input("x", DType::F32, vec![Dim::Fixed(2), Dim::Fixed(3)], &[2, 3]);
    let c = graph.constant("c", Tensor::f32([2], vec![5.0, 6.0]));
    let shape = graph.constant("shape", Tensor::ints(&[6]));
    let flat = graph.add(Reshape::default(), &[x, shape], &root).unwrap();
    let y = graph.add(Neg, &[flat], &root).unwrap();
    graph.set_outputs(vec![x, c, flat, y]);
    let mut session = Arc::new(Program::compile(&graph, &CompileOptions::default()).unwrap()).session();
    session.set_input(0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    session.run();
    assert_eq!(session.output(0), session.output(2));
    assert_eq!(session.output(1), [5.0, 6.0]);
    assert_eq!(session.output(3), [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]);
    assert_eq!(session.program().output_shape(2), [6]);
}

#[test]
fn what_does_not_depend_on_the_image_is_computed_once() {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let x = graph.input("x", DType::F32, vec![Dim::Fixed(100); 2], &[100, 100]);
    let w = graph.constant("w", Tensor::f32([100, 100], noise(10_000, 1)));
    let transposed = graph.add(Transpose { perm: vec![1, 0] }, &[w], &root).unwrap();
    let y = graph.add(Exp, &[transposed], &root).unwrap();
    let y = graph.add(Add, &[x, y], &root).unwrap();
    graph.set_outputs(vec![y]);
    let program = Program::compile(&graph, &CompileOptions::default()).unwrap();
    assert_eq!(program.steps().map(|step| step.op).collect::<Vec<_>>(), ["Add"]);
}

#[test]
fn refusals_name_operator_and_node() {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let x = graph.input("x", DType::F32, vec![Dim::Fixed(1); 4], &[1, 1, 1, 1]);
    let bound = graph.input("bound", DType::F32, vec![], &[]);
    let y = graph.add(Clip, &[x, bound], &root).unwrap();
    graph.set_outputs(vec![y]);
    let error = Program::compile(&graph, &CompileOptions::default()).err().unwrap();
    assert!(error.to_string().starts_with("the engine cannot run Clip at node `Clip_"), "{error}");
    let late = CompileOptions { late_inputs: vec![2] };
    assert_eq!(Program::compile(&graph, &late).err().unwrap(), EngineError::NoSuchInput { position: 2, inputs: 2 });
}
