//! Concatenations whose parts are written where they are to lie, against the same networks on plain
//! buffers.

use heatlens_graph::ops::*;
use heatlens_graph::{Graph, Rules, ValueId, differentiate};

use super::blocked::Net;
use super::{assert_close, noise, on_every_isa, run, run_plain};
use crate::simd::Isa;
use crate::{CompileOptions, Program};

fn check(graph: &Graph, what: &str) {
    let inputs: Vec<Vec<f32>> =
        (0..).zip(graph.inputs()).map(|(seed, input)| noise(graph.value(input.value).ty.len(), 40 + seed)).collect();
    let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let want = run_plain(graph, Isa::Portable, &inputs);
    on_every_isa(|isa| {
        for (i, (have, want)) in run(graph, isa, &inputs).iter().zip(&want).enumerate() {
            assert_close(have, want, 2e-5, &format!("{what}: output {i} on {}", isa.name()));
        }
    });
}

/// How often something is copied to be joined.
fn copies(graph: &Graph, late_inputs: &[usize]) -> usize {
    let options = CompileOptions { late_inputs: late_inputs.to_vec() };
    let program = Program::compile_for(graph, &options, Isa::Portable).unwrap();
    program.steps().filter(|step| step.op == "Concat").count()
}

fn join(net: &mut Net, parts: &[ValueId]) -> ValueId {
    net.add(Concat { axis: 1 }, parts)
}

/// Layers that each see all before them, as DenseNet has them, and the image. The last part fills
/// no whole block.
fn dense(images: usize) -> (Net, ValueId, Vec<ValueId>) {
    let (mut net, image) = Net::new(images, 3, [9, 7]);
    let mut parts = vec![net.conv(image, 32, 3, 1, 1)];
    for filters in [16, 48, 16, 20] {
        let seen = if parts.len() == 1 { parts[0] } else { join(&mut net, &parts) };
        let seen = net.batch_norm(seen);
        let seen = net.add(Relu, &[seen]);
        parts.push(net.conv(seen, filters, 3, 1, 1));
    }
    (net, image, parts)
}

#[test]
fn the_layers_of_a_dense_block_write_into_its_buffer() {
    let (mut net, _, parts) = dense(1);
    let all = join(&mut net, &parts);
    let y = net.conv(all, 24, 1, 1, 1);
    net.graph.set_outputs(vec![y]);
    assert_eq!(copies(&net.graph, &[]), 0);
    check(&net.graph, "one image");
    let (mut net, _, parts) = dense(2);
    let all = join(&mut net, &parts);
    let y = net.conv(all, 24, 1, 1, 1);
    net.graph.set_outputs(vec![y]);
    assert_eq!(copies(&net.graph, &[]), 4, "the parts of several images do not lie side by side");
    check(&net.graph, "two images");
}

#[test]
fn what_lies_in_a_joint_buffer_can_be_read_later_and_asked_for() {
    let (mut net, _, parts) = dense(1);
    let all = join(&mut net, &parts);
    // Each could overwrite what it reads, if that were nobody else's.
    let again: Vec<ValueId> = parts.iter().map(|&part| net.add(Exp, &[part])).collect();
    let negated = net.add(Neg, &[all]);
    let y = net.conv(negated, 24, 1, 1, 1);
    let z = net.conv(all, 24, 1, 1, 1);
    net.graph.set_outputs([vec![y, z, all, parts[0], parts[2]], again].concat());
    assert_eq!(copies(&net.graph, &[]), 0);
    check(&net.graph, "read later");
}

#[test]
fn parts_that_cannot_lie_in_two_places_are_copied() {
    let (mut net, image) = Net::new(1, 3, [9, 7]);
    let [a, b, c] = [16, 32, 16].map(|filters| net.conv(image, filters, 3, 1, 1));
    let twice = join(&mut net, &[a, a, b]);
    let turned = join(&mut net, &[b, a]);
    let straight = join(&mut net, &[a, b, c]);
    let middle = join(&mut net, &[b, c]);
    let nested = join(&mut net, &[middle, turned]);
    let outputs = [twice, turned, straight, middle, nested].map(|joint| net.conv(joint, 16, 1, 1, 1));
    net.graph.set_outputs(outputs.to_vec());
    check(&net.graph, "several orders");
    assert_eq!(copies(&net.graph, &[]), 3);
}

#[test]
fn gradients_that_come_late_find_what_was_joined_early() {
    let (mut net, image, parts) = dense(1);
    let all = join(&mut net, &parts);
    let y = net.add(Silu, &[all]);
    let y = net.conv(y, 24, 3, 2, 1);
    let y = net.add(GlobalAveragePool, &[y]);
    let mut graph = net.graph;
    let gradient = differentiate(&mut graph, y, &[image, parts[1]], Rules::Standard).unwrap();
    graph.set_outputs([vec![y], gradient.gradients].concat());
    check(&graph, "gradient");
    assert_eq!(copies(&graph, &[1]), 0);
    // Resumed again and again, with the image's own seed last, it is what a run in one go gives.
    let (x, seed) = (noise(3 * 9 * 7, 40), noise(24, 41));
    let want = run_plain(&graph, Isa::Portable, &[&x, &seed]);
    on_every_isa(|isa| {
        let program =
            std::sync::Arc::new(Program::compile_for(&graph, &CompileOptions { late_inputs: vec![1] }, isa).unwrap());
        let mut session = program.session();
        session.set_input(0, &x);
        session.run();
        for round in 0..3 {
            session.set_input(1, &if round < 2 { noise(24, 50 + round) } else { seed.clone() });
            session.resume();
        }
        for (i, want) in want.iter().enumerate() {
            assert_close(session.output(i), want, 2e-5, &format!("late output {i} on {}", isa.name()));
        }
    });
}
