//! Blocked buffers: networks that run on them against the same networks on plain ones.

use heatlens_graph::ops::*;
use heatlens_graph::simplify::simplify;
use heatlens_graph::{DType, Dim, Graph, ModulePath, Op, Rules, Tensor, ValueId, differentiate};

use super::naive::Convolution;
use super::{assert_close, given, known, noise, on_every_isa, run, run_op, run_plain};
use crate::Program;
use crate::kernels::blocked::Activation;
use crate::simd::{Isa, LANES, Simd, Task};

/// A graph under construction, with noise for weights.
pub(super) struct Net {
    pub(super) graph: Graph,
    seed: u64,
}

impl Net {
    pub(super) fn new(images: usize, channels: usize, side: [usize; 2]) -> (Self, ValueId) {
        let mut graph = Graph::new();
        let shape = [images, channels, side[0], side[1]];
        let x = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), &shape);
        (Net { graph, seed: 1 }, x)
    }

    pub(super) fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> ValueId {
        self.graph.add(op, inputs, &ModulePath::root()).unwrap()
    }

    fn noise(&mut self, shape: &[usize], scale: f32, shift: f32) -> ValueId {
        self.seed += 1;
        let elements = noise(shape.iter().product(), self.seed).iter().map(|x| x * scale + shift).collect::<Vec<_>>();
        self.graph.constant("w", Tensor::f32(shape, elements))
    }

    pub(super) fn conv(&mut self, x: ValueId, filters: usize, kernel: usize, stride: usize, group: usize) -> ValueId {
        let channels = self.graph.shape(x)[1] / group;
        let scale = (3.0 / (channels * kernel * kernel) as f32).sqrt();
        let (weight, bias) =
            (self.noise(&[filters, channels, kernel, kernel], scale, 0.0), self.noise(&[filters], 0.5, 0.0));
        let op = Conv { strides: [stride; 2], padding: Padding::symmetric([kernel / 2; 2]), group, ..Conv::default() };
        self.add(op, &[x, weight, bias])
    }

    pub(super) fn batch_norm(&mut self, x: ValueId) -> ValueId {
        let channels = [self.graph.shape(x)[1]];
        let parameters =
            [(1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (0.4, 1.0)].map(|(scale, shift)| self.noise(&channels, scale, shift));
        self.add(BatchNormalization { epsilon: 1e-5 }, &[x, parameters[0], parameters[1], parameters[2], parameters[3]])
    }
}

/// Every kernel on blocked buffers, fused and alone, with channels that fill no whole block; some
/// values in the middle are outputs.
fn network(images: usize) -> Graph {
    let (mut net, x) = Net::new(images, 3, [29, 38]);
    let stem = net.conv(x, 24, 7, 2, 1);
    let stem = net.add(Silu, &[stem]);
    let pooled = net.add(
        MaxPool {
            kernel: [3; 2],
            strides: [2; 2],
            dilations: [1; 2],
            padding: Padding::symmetric([1; 2]),
            ceil_mode: false,
        },
        &[stem],
    );
    // Winograd with a residual, then a value that is both used twice and an output.
    let a = net.conv(pooled, 24, 3, 1, 1);
    let a = net.add(Add, &[pooled, a]);
    let a = net.add(Relu, &[a]);
    // Squeeze and excite around depthwise convolutions.
    let d = net.conv(a, 24, 5, 1, 24);
    let d = net.add(HardSwish, &[d]);
    let s = net.add(GlobalAveragePool, &[d]);
    let s = net.conv(s, 9, 1, 1, 1);
    let s = net.add(Relu, &[s]);
    let s = net.conv(s, 24, 1, 1, 1);
    let s = net.add(HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, &[s]);
    let d = net.add(Mul, &[s, d]);
    let b = net.conv(d, 32, 1, 1, 1);
    let raw = net.conv(b, 32, 3, 2, 2);
    let b = net.add(Relu, &[raw]);
    let c = net.conv(a, 40, 3, 2, 1);
    let c = net.add(Sigmoid, &[c]);
    let joined = net.add(Concat { axis: 1 }, &[b, c]);
    let e = net.batch_norm(joined);
    let e = net.add(Relu, &[e]);
    let e = net.add(Sub, &[e, joined]);
    let e = net.add(
        AveragePool {
            kernel: [2; 2],
            strides: [2; 2],
            padding: Padding::symmetric([0; 2]),
            ceil_mode: true,
            count_include_pad: false,
        },
        &[e],
    );
    let e = net.add(Elu { alpha: 0.5 }, &[e]);
    let f = net.conv(e, 70, 1, 1, 1);
    let f = net.add(Add, &[f, f]);
    let axes = net.graph.constant("axes", Tensor::ints(&[2, 3]));
    let pooled = net.add(ReduceMean { keep_dims: true }, &[f, axes]);
    let flat = net.add(Flatten { axis: 1 }, &[pooled]);
    let weight = net.noise(&[5, 70], 0.2, 0.0);
    let logits = net.add(Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: true }, &[flat, weight]);
    net.graph.set_outputs(vec![logits, a, raw, e, joined]);
    net.graph
}

#[test]
fn networks_are_the_same_on_blocked_and_plain_buffers() {
    let (graph, x) = (network(2), noise(2 * 3 * 29 * 38, 99));
    let want = run_plain(&graph, Isa::Portable, &[&x]);
    on_every_isa(|isa| {
        for (i, (have, want)) in run(&graph, isa, &[&x]).iter().zip(&want).enumerate() {
            assert_close(have, want, 2e-5, &format!("output {i} on {}", isa.name()));
        }
        for (i, (have, want)) in run_plain(&graph, isa, &[&x]).iter().zip(&want).enumerate() {
            assert_close(have, want, 2e-5, &format!("output {i} on plain buffers on {}", isa.name()));
        }
    });
}

#[test]
fn batches_and_threads_change_no_bit() {
    let x = noise(3 * 3 * 29 * 38, 98);
    let bits = |outputs: Vec<Vec<f32>>| {
        outputs.into_iter().map(|o| o.iter().map(|x| x.to_bits()).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    on_every_isa(|isa| {
        let whole = bits(run(&network(3), isa, &[&x]));
        assert_eq!(whole, pool.install(|| bits(run(&network(3), isa, &[&x]))), "threads on {}", isa.name());
        for (i, image) in x.chunks(x.len() / 3).enumerate() {
            for (one, all) in bits(run(&network(1), isa, &[image])).iter().zip(&whole) {
                assert_eq!(one, &all[i * one.len()..][..one.len()], "image {i} on {}", isa.name());
            }
        }
    });
}

#[test]
fn activations_and_residuals_are_fused() {
    let program = Program::compile_for(&network(1), &Default::default(), Isa::Portable).unwrap();
    let steps: Vec<_> = program.steps().map(|step| step.op).collect();
    assert!(!steps.iter().any(|op| ["HardSwish", "Silu", "Sigmoid", "HardSigmoid"].contains(op)), "{steps:?}");
    // The one whose operand is an output, and the one of a value with itself, stand alone.
    assert_eq!(
        (steps.iter().filter(|op| **op == "Relu").count(), steps.iter().filter(|op| **op == "Add").count()),
        (1, 1),
        "{steps:?}"
    );
}

/// The gradient of the logits all the way to the image: transposed convolutions with and without
/// strides, gradients of pooling, masks, sums over planes.
#[test]
fn gradients_are_the_same_on_blocked_and_plain_buffers() {
    let mut graph = network(2);
    let (image, logits) = (graph.inputs()[0].value, graph.outputs()[0]);
    let gradient = differentiate(&mut graph, logits, &[image], Rules::Standard).unwrap().gradients[0];
    graph.set_outputs(vec![gradient, logits]);
    let graph = simplify(&graph).unwrap();
    let (x, seed) = (noise(2 * 3 * 29 * 38, 99), noise(2 * 5, 98));
    let want = run_plain(&graph, Isa::Portable, &[&x, &seed]);
    let largest = want[0].iter().fold(0f32, |m, y| m.max(y.abs()));
    on_every_isa(|isa| {
        let scaled = |of: &[f32]| of.iter().map(|y| y / largest).collect::<Vec<_>>();
        for have in [run(&graph, isa, &[&x, &seed]), run_plain(&graph, isa, &[&x, &seed])] {
            assert_close(&scaled(&have[0]), &scaled(&want[0]), 2e-5, isa.name());
        }
    });
    let program = Program::compile_for(&graph, &Default::default(), Isa::Portable).unwrap();
    let reorders: Vec<_> = program.steps().filter(|step| step.op == "Reorder").map(|step| step.node).collect();
    assert!(reorders.len() < 12, "{reorders:?}");
}

/// What a layer of Gaussian-like inputs and weights is off by, relative to its largest result.
fn error(channels: usize, side: usize, isa: Isa) -> f32 {
    let gaussian = |n: usize, seed: u64| -> Vec<f32> {
        let parts: Vec<_> = (0..6u64).map(|i| noise(n, seed * 10 + i)).collect();
        (0..n).map(|i| parts.iter().map(|p| p[i]).sum::<f32>() / std::f32::consts::SQRT_2).collect()
    };
    let geometry = Convolution {
        x: [1, channels, side, side],
        weight: [16, channels, 3, 3],
        y: [1, 16, side, side],
        strides: [1; 2],
        dilations: [1; 2],
        pads: [1; 2],
        group: 1,
    };
    let (x, weight) = (gaussian(channels * side * side, 1), gaussian(16 * channels * 9, 2));
    let want = geometry.forward(&x, &weight, None);
    let op = Conv { padding: Padding::symmetric([1; 2]), ..Conv::default() };
    let arguments = [
        super::Argument::Given(Tensor::f32(geometry.x, x)),
        super::Argument::Known(Tensor::f32(geometry.weight, weight)),
    ];
    let have = run_op(op, isa, &arguments).remove(0);
    let largest = want.iter().fold(0f32, |m, y| m.max(y.abs()));
    have.iter().zip(&want).fold(0f32, |m, (a, b)| m.max((a - b).abs())) / largest
}

#[test]
fn winograd_stays_within_its_error() {
    // F(4×4) for the larger sides, F(2×2) for a side of 7.
    for (channels, side, bound) in [(64, 56, 3e-6), (256, 14, 2e-6), (512, 28, 3e-6), (512, 7, 1e-6)] {
        on_every_isa(|isa| {
            let error = error(channels, side, isa);
            eprintln!("{channels} channels, side {side}, {}: {error:.1e}", isa.name());
            assert!(error < bound, "{channels} channels, side {side}, {}: {error:e}", isa.name());
        });
    }
}

/// More filters than are kept transformed, with channels and filters that fill neither blocks nor
/// slices, on a side for each tile.
#[test]
fn many_filters_are_transformed_while_running() {
    for (channels, filters, side) in [(150, 115, [12, 9]), (132, 130, [7, 7])] {
        let geometry = Convolution {
            x: [2, channels, side[0], side[1]],
            weight: [filters, channels, 3, 3],
            y: [2, filters, side[0], side[1]],
            strides: [1; 2],
            dilations: [1; 2],
            pads: [1; 2],
            group: 1,
        };
        let op = Conv { padding: Padding::symmetric([1; 2]), ..Conv::default() };
        let arguments = [given(&geometry.x, 1), known(&geometry.weight, 2), known(&[filters], 3)];
        let want = geometry.forward(arguments[0].elements(), arguments[1].elements(), Some(arguments[2].elements()));
        on_every_isa(|isa| assert_close(&run_op(op.clone(), isa, &arguments)[0], &want, 1e-4, isa.name()));
    }
}

struct Apply<'a>(Activation, &'a [f32; LANES], &'a mut [f32; LANES]);

impl Task for Apply<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the arrays hold 16 floats.
        unsafe { S::store(self.2.as_mut_ptr(), self.0.apply::<S>(S::load(self.1.as_ptr()))) }
    }
}

#[test]
fn activations_are_what_the_formulas_say() {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    // The last is the size below which the error counts as if the result had that size: where a
    // difference cancels.
    type Case<'a> = (Activation, &'a dyn Fn(f64) -> f64, f64);
    let formulas: [Case<'_>; 6] = [
        (Activation::Identity, &|x| x, 0.0),
        (Activation::Clamp { min: 0.0, max: 6.0 }, &|x| x.clamp(0.0, 6.0), 0.0),
        (Activation::HardSigmoid { alpha: 0.25, beta: 0.5 }, &|x| (0.25 * x + 0.5).clamp(0.0, 1.0), 1.0),
        (Activation::HardSwish, &|x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0, 1.0),
        (Activation::Sigmoid, &sigmoid, 0.0),
        (Activation::Silu, &|x| x * sigmoid(x), 0.0),
    ];
    on_every_isa(|isa| {
        for (activation, formula, least) in formulas {
            for i in -1600..1600 {
                let x = std::array::from_fn(|lane| (i as f32 + lane as f32 / 16.0) / 20.0);
                let mut y = [0.0; LANES];
                isa.run(Apply(activation, &x, &mut y));
                for (&y, x) in y.iter().zip(x) {
                    let want = formula(f64::from(x));
                    let error = (f64::from(y) - want).abs();
                    assert!(
                        error <= 6e-7 * want.abs().max(least),
                        "{activation:?} of {x} on {} is {y}, expected {want}",
                        isa.name()
                    );
                }
            }
            let mut y = [0.0; LANES];
            isa.run(Apply(activation, &[f32::NAN; LANES], &mut y));
            assert!(y.iter().all(|y| y.is_nan()), "{activation:?} on {}", isa.name());
        }
    });
}

#[test]
fn grouped_convolutions_of_whole_blocks() {
    let op = Conv { padding: Padding::symmetric([1; 2]), group: 2, ..Conv::default() };
    let geometry = Convolution {
        x: [2, 32, 9, 10],
        weight: [96, 16, 3, 3],
        y: [2, 96, 9, 10],
        strides: [1; 2],
        dilations: [1; 2],
        pads: [1; 2],
        group: 2,
    };
    let arguments = [given(&geometry.x, 1), known(&geometry.weight, 2)];
    let want = geometry.forward(arguments[0].elements(), arguments[1].elements(), None);
    on_every_isa(|isa| assert_close(&run_op(op.clone(), isa, &arguments)[0], &want, 1e-4, isa.name()));
}
