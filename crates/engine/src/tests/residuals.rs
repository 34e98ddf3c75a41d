//! What is added to a convolution's result gives the same bits whether it lies apart or where the
//! result is written. The networks are small enough for an interpreter that watches pointers:
//! `cargo +nightly miri test -p heatlens-engine --lib residuals`, with
//! `MIRIFLAGS="-Zmiri-tree-borrows -Zmiri-ignore-leaks -Zmiri-disable-isolation"`.

use heatlens_graph::Graph;
use heatlens_graph::ops::*;

use super::blocked::Net;
use super::{noise, on_every_isa, run};
use crate::Program;
use crate::simd::Isa;

/// `relu(conv(conv(x)) + conv(x))`; with `kept` what is added is asked for too, so that it may not
/// be overwritten.
fn network(kernel: usize, side: usize, kept: bool) -> Graph {
    let (mut net, x) = Net::new(1, 3, [side; 2]);
    let added = net.conv(x, 16, 1, 1, 1);
    let made = net.conv(x, 16, 1, 1, 1);
    let convolved = net.conv(made, 16, kernel, 1, 1);
    let sum = net.add(Add, &[convolved, added]);
    let y = net.add(Relu, &[sum]);
    net.graph.set_outputs(if kept { vec![y, added] } else { vec![y] });
    net.graph
}

fn in_place(graph: &Graph) -> Vec<Option<usize>> {
    let program = Program::compile_for(graph, &Default::default(), Isa::Portable).unwrap();
    let convolutions = program.compiled.steps.iter().filter(|step| step.op == "Conv");
    convolutions.map(|step| step.places.in_place()).collect()
}

fn check(kernel: usize, side: usize) {
    let [over, apart] = [false, true].map(|kept| network(kernel, side, kept));
    assert_eq!(in_place(&over), [None, None, Some(1)], "input 1 is overwritten");
    assert_eq!(in_place(&apart), [None; 3]);
    let x = noise(3 * side * side, 5);
    on_every_isa(|isa| {
        let bits = |graph: &Graph| run(graph, isa, &[&x])[0].iter().map(|y| y.to_bits()).collect::<Vec<_>>();
        let found = bits(&over);
        assert_eq!(found, bits(&apart), "on {}", isa.name());
        assert!(found.iter().any(|&y| y != 0));
    });
}

#[test]
fn residuals_of_direct_convolutions_may_lie_in_the_output() {
    check(1, 3);
    check(5, 3);
}

#[test]
fn residuals_of_winograds_convolution_may_lie_in_the_output() {
    check(3, 8);
}
