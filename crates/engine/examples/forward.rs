//! Times the forward pass of networks with made-up weights: `forward [resnet50|vgg16] [rounds] [threads]`. Prints the median in milliseconds, and with
//! `HEATLENS_PROFILE=1` the time that each operator takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use heatlens_engine::{CompileOptions, Program};
use heatlens_graph::ops::*;
use heatlens_graph::{DType, Dim, Graph, GraphError, ModulePath, Tensor, ValueId};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let network = arguments.first().map_or("resnet50", String::as_str);
    let rounds = arguments.get(1).map_or(Ok(20), |n| n.parse())?;
    let threads = arguments.get(2).map_or(Ok(1), |n| n.parse())?;
    let graph = match network {
        "vgg16" => vgg16()?,
        _ => resnet50()?,
    };
    let program = Arc::new(Program::compile(&graph, &CompileOptions::default())?);
    let mut session = program.session();
    session.input_mut(0).iter_mut().enumerate().for_each(|(i, x)| *x = (i % 255) as f32 / 255.0 - 0.5);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let mut times = pool.install(|| {
        session.run();
        (0..rounds).map(|_| time(|| session.run())).collect::<Vec<Duration>>()
    });
    times.sort();
    println!("{:.3}", times[times.len() / 2].as_secs_f64() * 1e3);
    if std::env::var_os("HEATLENS_PROFILE").is_some() {
        let mut by_operator: BTreeMap<&str, Duration> = BTreeMap::new();
        let steps: Vec<_> = program.steps().map(|step| step.op).collect();
        pool.install(|| session.profile(|i, time| *by_operator.entry(steps[i]).or_default() += time));
        by_operator.iter().for_each(|(op, time)| eprintln!("{op:20} {:8.3} ms", time.as_secs_f64() * 1e3));
    }
    Ok(())
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

struct Builder {
    graph: Graph,
    root: ModulePath,
}

impl Builder {
    fn new() -> (Self, ValueId) {
        let mut graph = Graph::new();
        let dims = [1, 3, 224, 224];
        let x = graph.input("x", DType::F32, dims.iter().map(|&n| Dim::Fixed(n)).collect(), &dims);
        (Builder { graph, root: ModulePath::root() }, x)
    }

    fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, GraphError> {
        self.graph.add(op, inputs, &self.root)
    }

    fn weight(&mut self, shape: &[usize]) -> ValueId {
        let fan: usize = shape[1..].iter().product::<usize>().max(1);
        let scale = (2.0 / fan as f32).sqrt();
        let elements = (0..shape.iter().product::<usize>()).map(|i| ((i * 7919 % 2003) as f32 / 1001.0 - 1.0) * scale).collect();
        self.graph.constant("w", Tensor::f32(shape, elements))
    }

    fn conv(&mut self, x: ValueId, filters: usize, kernel: usize, stride: usize) -> Result<ValueId, GraphError> {
        let channels = self.graph.shape(x)[1];
        let (weight, bias) = (self.weight(&[filters, channels, kernel, kernel]), self.weight(&[filters]));
        self.add(Conv { strides: [stride; 2], padding: Padding::symmetric([kernel / 2; 2]), ..Conv::default() }, &[x, weight, bias])
    }

    fn pool(&mut self, x: ValueId, kernel: usize) -> Result<ValueId, GraphError> {
        let padding = Padding::symmetric([kernel / 3; 2]);
        self.add(MaxPool { kernel: [kernel; 2], strides: [2; 2], dilations: [1; 2], padding, ceil_mode: false }, &[x])
    }

    fn linear(&mut self, x: ValueId, outputs: usize) -> Result<ValueId, GraphError> {
        let inputs = self.graph.shape(x)[1];
        let (weight, bias) = (self.weight(&[outputs, inputs]), self.weight(&[outputs]));
        self.add(Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: true }, &[x, weight, bias])
    }
}

fn resnet50() -> Result<Graph, GraphError> {
    let (mut b, x) = Builder::new();
    let x = b.conv(x, 64, 7, 2)?;
    let x = b.add(Relu, &[x])?;
    let mut x = b.pool(x, 3)?;
    for (stage, blocks) in [3, 4, 6, 3].into_iter().enumerate() {
        for block in 0..blocks {
            let (width, stride) = (64 << stage, if block == 0 && stage > 0 { 2 } else { 1 });
            let y = b.conv(x, width, 1, 1)?;
            let y = b.add(Relu, &[y])?;
            let y = b.conv(y, width, 3, stride)?;
            let y = b.add(Relu, &[y])?;
            let y = b.conv(y, 4 * width, 1, 1)?;
            let shortcut = if block == 0 { b.conv(x, 4 * width, 1, stride)? } else { x };
            let y = b.add(Add, &[y, shortcut])?;
            x = b.add(Relu, &[y])?;
        }
    }
    let x = b.add(GlobalAveragePool, &[x])?;
    let x = b.add(Flatten { axis: 1 }, &[x])?;
    let x = b.linear(x, 1000)?;
    b.graph.set_outputs(vec![x]);
    Ok(b.graph)
}

fn vgg16() -> Result<Graph, GraphError> {
    let (mut b, mut x) = Builder::new();
    for (filters, convs) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)] {
        for _ in 0..convs {
            x = b.conv(x, filters, 3, 1)?;
            x = b.add(Relu, &[x])?;
        }
        x = b.pool(x, 2)?;
    }
    x = b.add(Flatten { axis: 1 }, &[x])?;
    for outputs in [4096, 4096] {
        x = b.linear(x, outputs)?;
        x = b.add(Relu, &[x])?;
    }
    let x = b.linear(x, 1000)?;
    b.graph.set_outputs(vec![x]);
    Ok(b.graph)
}
