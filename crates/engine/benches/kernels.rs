//! The kernels that networks spend their time in, one operator at a time, on one thread:
//! `cargo bench -p heatlens-engine`, or with part of a name behind it.
//!
//! Each is a graph of its own, so the change from and to plain buffers at its ends is in the
//! figure. Convolutions report multiply-adds a second.

use std::sync::Arc;

use criterion::{Criterion, Throughput};
use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::ops::{Conv, GlobalAveragePool, HardSwish, MaxPool, Padding, Sigmoid};
use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId};

/// A convolution as a network has it: name, channels in and out, side of the input, kernel, stride,
/// groups.
type Convolution = (&'static str, [usize; 2], usize, usize, usize, usize);

const CONVOLUTIONS: [Convolution; 11] = [
    ("first 7×7 stride 2, resnet", [3, 64], 224, 7, 2, 1),
    ("first 3×3, vgg", [3, 64], 224, 3, 1, 1),
    ("1×1 64→256 at 56, resnet50", [64, 256], 56, 1, 1, 1),
    ("1×1 1024→256 at 14, resnet50", [1024, 256], 14, 1, 1, 1),
    ("1×1 stride 2 256→512 at 56, resnet50", [256, 512], 56, 1, 2, 1),
    ("3×3 64→64 at 56, resnet18", [64, 64], 56, 3, 1, 1),
    ("3×3 512→512 at 7, resnet18", [512, 512], 7, 3, 1, 1),
    ("3×3 stride 2 128→256 at 28, resnet18", [128, 256], 28, 3, 2, 1),
    ("3×3 128→32 at 28, densenet121", [128, 32], 28, 3, 1, 1),
    ("depthwise 3×3 96 at 112 stride 2, efficientnet_b0", [96, 96], 112, 3, 2, 96),
    ("depthwise 5×5 480 at 14, efficientnet_b0", [480, 480], 14, 5, 1, 480),
];

fn convolutions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("convolution");
    for (name, [from, to], side, kernel, stride, groups) in CONVOLUTIONS {
        let weights = Tensor::f32([to, from / groups, kernel, kernel], noise(to * from / groups * kernel * kernel));
        let conv = Conv {
            strides: [stride; 2],
            padding: Padding::symmetric([kernel / 2; 2]),
            group: groups,
            ..Conv::default()
        };
        let mut session = session([1, from, side, side], conv, Some(weights));
        group.throughput(Throughput::Elements((to * (side / stride).pow(2) * from / groups * kernel * kernel) as u64));
        group.bench_function(name, |bencher| bencher.iter(|| session.run()));
    }
}

fn others(criterion: &mut Criterion) {
    let pool = MaxPool {
        kernel: [3; 2],
        strides: [2; 2],
        dilations: [1; 2],
        padding: Padding::symmetric([1; 2]),
        ceil_mode: false,
    };
    let operators: [(&str, [usize; 4], Op); 4] = [
        ("max pool 3×3 stride 2, 64 at 112", [1, 64, 112, 112], pool.into()),
        ("global average pool, 1280 at 7", [1, 1280, 7, 7], GlobalAveragePool.into()),
        ("hard-swish, 64 at 56", [1, 64, 56, 56], HardSwish.into()),
        ("sigmoid, 64 at 56", [1, 64, 56, 56], Sigmoid.into()),
    ];
    for (name, shape, op) in operators {
        let mut session = session(shape, op, None);
        criterion.bench_function(name, |bencher| bencher.iter(|| session.run()));
    }
}

/// One operator, ready to run on numbers between −1 and 1.
fn session(shape: [usize; 4], op: impl Into<Op>, weights: Option<Tensor>) -> Session {
    let mut graph = Graph::new();
    let input = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), &shape);
    let weights: Option<ValueId> = weights.map(|weights| graph.constant("weights", weights));
    let inputs = [Some(input)].into_iter().chain(weights.map(Some)).collect();
    let spec =
        NodeSpec { op: op.into(), inputs, name: String::new(), output_names: Vec::new(), module: ModulePath::root() };
    let output = graph.add_node(spec).expect("an operator that fits its input")[0];
    graph.set_outputs(vec![output]);
    let mut session =
        Arc::new(Program::compile(&graph, &CompileOptions::default()).expect("an operator with a kernel")).session();
    session.set_input(0, &noise(shape.iter().product()));
    session
}

fn noise(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i as f32 * 12.9898).sin() * 43_758.547).fract()).collect()
}

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool of this process");
    let mut criterion = Criterion::default().configure_from_args();
    convolutions(&mut criterion);
    others(&mut criterion);
    criterion.final_summary();
}
