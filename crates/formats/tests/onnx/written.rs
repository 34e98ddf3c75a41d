//! What is written as ONNX, read back: the same values, modules and layers.
//!
//! With `HEATLENS_WRITTEN=FOLDER` each file is kept there with its inputs and outputs, for
//! `tests/golden/onnx/written.py`, which runs them in ONNX Runtime.

use std::collections::BTreeSet;
use std::path::PathBuf;

use heatlens_formats::onnx::{WriteOptions, write};
use heatlens_formats::{LoadOptions, load};
use heatlens_graph::ops::{self, Padding};
use heatlens_graph::{DType, Dim, Graph, ModulePath, Op, Rules, differentiate, layers, pull_back};
use safetensors::tensor::{Dtype, TensorView};

use super::operator_files::{ALL, Example, Operator};
use super::{compare, golden, load_file, report, run};

/// Sums in another order and formulas in other steps round otherwise.
const TOLERANCE: f32 = 1e-5;

/// Reproducible numbers between −2 and 2 (SplitMix64).
fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32) * 4.0 - 2.0
    };
    (0..len).map(|_| next()).collect()
}

/// Writes and reads a graph; its outputs must be those of the original.
fn round_trip(name: &str, graph: &Graph, inputs: &[Vec<f32>]) -> Result<Graph, String> {
    let bytes = write(graph, &WriteOptions::default()).map_err(|e| e.to_string())?;
    let back = load(&bytes, &LoadOptions::default()).map_err(|e| format!("it cannot be read back: {e}"))?.graph;
    let shapes: Vec<&[usize]> = graph.inputs().iter().map(|input| graph.shape(input.value)).collect();
    let back = back.specialise(&shapes).map_err(|e| e.to_string())?;
    let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let (expected, found) = (run(graph, &inputs)?, run(&back, &inputs)?);
    keep(name, &bytes, graph, &inputs, &expected);
    for (i, (found, want)) in found.iter().zip(&expected).enumerate() {
        compare(&format!("output {i}"), found, want, TOLERANCE)?;
    }
    Ok(back)
}

/// Keeps a file for ONNX Runtime.
fn keep(name: &str, file: &[u8], graph: &Graph, inputs: &[&[f32]], outputs: &[super::Array]) {
    let Some(folder) = std::env::var_os("HEATLENS_WRITTEN").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.onnx")), file).expect("writable");
    let bytes = |x: &[f32]| x.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (i, (input, x)) in graph.inputs().iter().zip(inputs).enumerate() {
        tensors.push((format!("in{i}"), graph.shape(input.value).to_vec(), bytes(x)));
    }
    for (i, (shape, y)) in outputs.iter().enumerate() {
        tensors.push((format!("out{i}"), shape.clone(), bytes(y)));
    }
    let views = tensors
        .iter()
        .map(|(name, shape, data)| (name, TensorView::new(Dtype::F32, shape.clone(), data).expect("whole")));
    let packed = safetensors::serialize(views, None).expect("safetensors");
    std::fs::write(folder.join(format!("{name}.safetensors")), packed).expect("writable");
}

/// The gradient of the first output with respect to the first input, as a graph of its own, if
/// there is one.
fn gradient(graph: &Graph) -> Option<Graph> {
    let (x, &y) = (graph.inputs().first()?.value, graph.outputs().first()?);
    if graph.value(y).ty.dtype != DType::F32 || graph.value(x).ty.dtype != DType::F32 {
        return None;
    }
    let mut graph = graph.clone();
    let gradient = differentiate(&mut graph, y, &[x], Rules::Standard).ok()?;
    graph.set_outputs(vec![y, gradient.gradients[0]]);
    Some(graph)
}

/// Numbers for all inputs; positive ones where the network takes no others, as a logarithm.
fn inputs_of(graph: &Graph) -> Vec<Vec<f32>> {
    let lens = graph.inputs().iter().map(|input| graph.value(input.value).ty.len());
    let drawn: Vec<Vec<f32>> = lens.enumerate().map(|(i, len)| numbers(len, i as u64 + 1)).collect();
    let inputs: Vec<&[f32]> = drawn.iter().map(Vec::as_slice).collect();
    let is_nan = run(graph, &inputs).is_ok_and(|outputs| outputs.iter().any(|(_, y)| y.iter().any(|y| y.is_nan())));
    if !is_nan {
        return drawn;
    }
    drawn.iter().map(|x| x.iter().map(|x| x.abs() + 0.1).collect()).collect()
}

fn names(graph: &Graph) -> impl Iterator<Item = &'static str> {
    graph.nodes().iter().map(|node| node.op.name())
}

/// A graph of one operator on `x`.
fn single(op: impl Into<Op>, shape: &[usize]) -> Graph {
    let mut graph = Graph::new();
    let x = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), shape);
    let y = graph.add(op, &[x], &"module.1".into()).expect("a good example");
    graph.set_outputs(vec![y]);
    graph
}

/// The gradient of a max pooling's gradient.
fn second_derivative(pool: ops::MaxPool, shape: &[usize]) -> Graph {
    let mut graph = single(pool, shape);
    let (x, y) = (graph.inputs()[0].value, graph.outputs()[0]);
    let first = differentiate(&mut graph, y, &[x], Rules::Standard).expect("a gradient");
    let dims = shape.iter().map(|&n| Dim::Fixed(n)).collect();
    let direction = graph.input("direction", DType::F32, dims, shape);
    let second = pull_back(&mut graph, first.gradients[0], direction, &[first.seed], Rules::Standard);
    let second = second.expect("a gradient").remove(0).expect("it flows");
    graph.set_outputs(vec![first.gradients[0], second]);
    graph
}

/// A graph, its name and what it is run on.
struct Case {
    name: String,
    graph: Graph,
    inputs: Vec<Vec<f32>>,
}

impl Case {
    fn new(name: String, graph: Graph) -> Self {
        let inputs = inputs_of(&graph);
        Case { name, graph, inputs }
    }

    /// The same with its gradient, if it has one.
    fn differentiated(&self) -> Option<Self> {
        let graph = gradient(&self.graph)?;
        let seed = numbers(graph.value(self.graph.outputs()[0]).ty.len(), self.inputs.len() as u64 + 1);
        let inputs = self.inputs.iter().cloned().chain([seed]).collect();
        Some(Case { name: format!("{}-gradient", self.name), graph, inputs })
    }
}

/// What ONNX Runtime's operators were tried on.
fn golden_operators() -> Vec<Case> {
    let files = super::operators::files();
    let sibling = |name: &str| files.get(name).cloned().ok_or(std::io::ErrorKind::NotFound.into());
    let options = LoadOptions { sibling: Some(&sibling), ..LoadOptions::default() };
    let case = |(file, bytes): (&String, &Vec<u8>)| {
        let name = file.strip_suffix(".onnx")?;
        let graph = load(bytes, &options).unwrap_or_else(|e| panic!("{name}: {e}")).graph;
        Some(Case::new(name.to_owned(), graph))
    };
    files.iter().filter_map(case).collect()
}

/// What each operator's own file tries it on.
fn examples() -> Vec<Case> {
    let case = |name: &str, (i, example): (usize, Example)| {
        let graph = example.graph(|graph, tensor| {
            let dims = tensor.shape().iter().map(|&n| Dim::Fixed(n)).collect();
            // Only floats come from outside.
            let x = graph.input("x", DType::F32, dims, tensor.shape());
            let cast = ops::Cast { to: tensor.dtype() };
            if cast.to == DType::F32 { x } else { graph.add(cast, &[x], &ModulePath::root()).expect("a cast") }
        });
        let graph = graph.unwrap_or_else(|e| panic!("{name}: {e}"));
        Case { name: format!("{name}-{i}"), graph, inputs: example.inputs() }
    };
    let of_operator = |operator: &Operator| -> Vec<Case> {
        (operator.values)().into_iter().enumerate().map(|example| case(operator.name, example)).collect()
    };
    // A file without an input is no network.
    ALL.iter().flat_map(of_operator).filter(|case| !case.inputs.is_empty()).collect()
}

/// Forms of what is written as several operators.
fn special_forms() -> Vec<Case> {
    let mut graphs = vec![
        ("adaptive".to_owned(), single(ops::AdaptiveAveragePool { output: [3, 2] }, &[2, 3, 7, 5])),
        ("crd".to_owned(), single(ops::SpaceToDepth { block: 2, column_row_depth: true }, &[2, 3, 4, 6])),
        ("gather-twice".to_owned(), gather_twice()),
    ];
    for (i, padding) in
        [Padding::NONE, Padding::symmetric([1; 2]), Padding::SameUpper, Padding::SameLower].into_iter().enumerate()
    {
        for ceil_mode in [false, true] {
            for (strides, dilations) in [([2; 2], [1; 2]), ([1, 3], [1; 2]), ([2; 2], [2, 1])] {
                let name = format!("{i}-{ceil_mode}-{}{}{}", strides[0], strides[1], dilations[0]);
                let max = ops::MaxPool { kernel: [3, 2], strides, dilations, padding, ceil_mode };
                graphs.push((format!("max-pool-{name}"), second_derivative(max, &[2, 3, 8, 9])));
                graphs.push((format!("max-pool-forward-{name}"), single(max, &[2, 3, 8, 9])));
                for count_include_pad in [false, true] {
                    let pool = ops::AveragePool { kernel: [3, 2], strides, padding, ceil_mode, count_include_pad };
                    let name = format!("average-pool-{name}-{count_include_pad}");
                    graphs.push((name, single(pool, &[2, 3, 8, 9])));
                }
            }
        }
    }
    graphs.into_iter().map(|(name, graph)| Case::new(name, graph)).collect()
}

/// Rows taken twice and counted from the end.
fn gather_twice() -> Graph {
    let mut graph = Graph::new();
    let x = graph.input("x", DType::F32, [2, 4, 3].map(Dim::Fixed).to_vec(), &[2, 4, 3]);
    let indices = graph.constant("", heatlens_graph::Tensor::i64([2, 2], vec![1, -1, 1, 3]));
    let y = graph.add(ops::Gather { axis: 1 }, &[x, indices], &ModulePath::root()).expect("a good example");
    graph.set_outputs(vec![y]);
    graph
}

#[test]
fn every_operator_is_read_back_as_it_was_written() {
    let mut cases: Vec<Case> = [golden_operators(), examples(), special_forms()].into_iter().flatten().collect();
    let gradients: Vec<Case> = cases.iter().filter_map(Case::differentiated).collect();
    cases.extend(gradients);
    let (mut written, mut failures) = (BTreeSet::new(), Vec::new());
    for Case { name, graph, inputs } in &cases {
        match round_trip(name, graph, inputs) {
            Ok(_) => written.extend(names(graph)),
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    for operator in ALL.iter().filter(|operator| !written.contains(operator.name)) {
        failures.push(format!(
            "no graph with {} was written and read back: give it a row in \
             crates/formats/src/onnx/operators/mod.rs, and a file in tests/golden/onnx if {} tries it on constants \
             alone",
            operator.name, operator.file
        ));
    }
    report(failures);
}

/// Whole networks with the gradient of a logit with respect to their default layer.
#[test]
fn networks_keep_their_modules_layers_and_gradients() {
    let failures = ["torchscript", "dynamo", "keras"].map(|name| {
        let graph = load_file(&golden(&format!("{name}.onnx")), Some([32, 32]))
            .or_else(|_| load_file(&golden(&format!("{name}.onnx")), None));
        graph
            .and_then(|model| {
                let image = inputs_of(&model.graph).remove(0);
                check_network(name, &model.graph, image)
            })
            .err()
            .map(|why| format!("{name}: {why}"))
    });
    report(failures.into_iter().flatten().collect());
}

/// One network of each kind of block, pooling and padding.
const ARCHITECTURES: &[(&str, &str)] = &[
    ("torchvision", "resnet18.txt"),
    ("torchvision", "googlenet.txt"),
    ("torchvision", "squeezenet1_1.txt"),
    ("torchvision", "densenet121.txt"),
    ("torchvision", "mobilenet_v3_small.txt"),
    ("torchvision", "shufflenet_v2_x0_5.txt"),
    ("torchvision", "inception_v3.txt"),
    ("torchvision", "convnext_tiny.txt"),
    ("torchvision", "regnet_y_400mf.txt"),
    ("timm", "tf_efficientnet_b0.txt"),
];

#[test]
fn architectures_keep_their_modules_layers_and_gradients() {
    let mut failures = Vec::new();
    for (package, file) in ARCHITECTURES {
        let path = super::arch_golden::files(package, &[file]).remove(0);
        let golden = super::arch_golden::Golden::read(&path);
        let image = super::formula::uniform("input", golden.input.iter().product());
        failures.extend(
            check_network(file, &golden.built().graph, image).err().map(|why| format!("{package}/{file}: {why}")),
        );
    }
    report(failures);
}

#[test]
fn free_extents_stay_free_where_nothing_hangs_on_them() {
    let path = super::arch_golden::files("torchvision", &["resnet18.txt"]).remove(0);
    let graph = super::arch_golden::Golden::read(&path).built().graph;
    let dims = |graph: &Graph| {
        let bytes = write(graph, &WriteOptions::default()).expect("writable");
        load(&bytes, &LoadOptions::default()).expect("readable").graph.inputs()[0].dims.clone()
    };
    assert_eq!(dims(&graph), graph.inputs()[0].dims);
    // The matrices of this pooling are made for one extent.
    let mut pooled = Graph::new();
    let free = |name: &str| Dim::Free(name.into());
    let x = pooled.input("x", DType::F32, vec![free("n"), Dim::Fixed(2), free("h"), free("w")], &[1, 2, 7, 6]);
    let y = pooled.add(ops::AdaptiveAveragePool { output: [3, 6] }, &[x], &ModulePath::root()).expect("it fits");
    pooled.set_outputs(vec![y]);
    assert_eq!(dims(&pooled), [free("n"), Dim::Fixed(2), Dim::Fixed(7), Dim::Fixed(6)]);
}

#[test]
fn inputs_and_outputs_get_the_names_asked_for() {
    let mut graph = single(ops::Silu, &[2, 5]);
    let (x, y) = (graph.inputs()[0].value, graph.outputs()[0]);
    graph.set_outputs(vec![y, x, y]);
    let options = WriteOptions { inputs: &["image"], outputs: &["y", "same", "again"], metadata: &[] };
    let back = load(&write(&graph, &options).expect("writable"), &LoadOptions::default()).expect("readable").graph;
    assert_eq!(back.value(back.inputs()[0].value).name, "image");
    let names: Vec<_> = back.outputs().iter().map(|&o| back.value(o).name.as_str()).collect();
    assert_eq!(names, ["y", "same", "again"]);
    let x = numbers(10, 1);
    let (found, want) = (run(&back, &[&x]).expect("it runs"), run(&graph, &[&x]).expect("it runs"));
    report(
        found.iter().zip(&want).filter_map(|(found, want)| compare("output", found, want, TOLERANCE).err()).collect(),
    );
    for wrong in [&["y"][..], &["y", "y", "z"], &["image", "same", "again"], &["", "same", "again"]] {
        let error = write(&graph, &WriteOptions { outputs: wrong, ..options }).unwrap_err().to_string();
        assert!(error.contains("cannot be called"), "{error}");
    }
}

/// A network of one input, and the same with the gradient of its logits at the default layer.
fn check_network(name: &str, graph: &Graph, image: Vec<f32>) -> Result<(), String> {
    let back = round_trip(name, graph, std::slice::from_ref(&image))?;
    let modules = |graph: &Graph| graph.nodes().iter().map(|n| n.module.clone()).collect::<BTreeSet<_>>();
    if modules(graph) != modules(&back) {
        return Err(format!("the modules {:?} became {:?}", modules(graph), modules(&back)));
    }
    let layer = layers::default_target(graph).map_err(|e| e.to_string())?;
    let same = layers::default_target(&back).map_err(|e| e.to_string())?;
    if (&layer.name, graph.shape(layer.value)) != (&same.name, back.shape(same.value)) {
        return Err(format!("the default layer {} became {}", layer.name, same.name));
    }
    for (ours, theirs) in graph.outputs().iter().zip(back.outputs()) {
        let (ours, theirs) = (&graph.value(*ours).name, &back.value(*theirs).name);
        if ours != theirs {
            return Err(format!("the output {ours} became {theirs}"));
        }
    }
    let mut explained = graph.clone();
    let logits = graph.outputs()[0];
    let gradient = differentiate(&mut explained, logits, &[layer.value], Rules::Standard).map_err(|e| e.to_string())?;
    explained.set_outputs(vec![logits, layer.value, gradient.gradients[0]]);
    let inputs = [image, numbers(graph.value(logits).ty.len(), 2)];
    let back = round_trip(&format!("{name}-explained"), &explained, &inputs)?;
    layers::resolve(&back, &layer.name).map(|_| ()).map_err(|e| e.to_string())
}
