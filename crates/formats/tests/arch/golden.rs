//! Reads the references that `tests/golden/arch/make.py` wrote, and compares with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_formats::LoadOptions;
use heatlens_formats::torch::{StateDict, arch};
use heatlens_graph::{Graph, Rules, differentiate, layers};

use crate::formula;

/// Largest difference of logits, relative to the largest logit.
pub const LOGITS: f32 = 1e-4;
/// Largest difference of maps, relative to the largest value of the map.
pub const MAPS: f32 = 1e-3;

/// What a reference file says.
#[derive(Default)]
pub struct Golden {
    pub expect: String,
    pub force: Option<String>,
    pub input: [usize; 3],
    pub weights: StateDict,
    pub logits: Vec<f32>,
    pub layer: String,
    pub is_default: bool,
    pub layer_shape: Vec<usize>,
    pub mean: Vec<f32>,
    pub cams: Vec<(usize, Vec<f32>)>,
}

fn parse<T: std::str::FromStr>(words: &str) -> Vec<T> {
    words.split(' ').map(|word| word.parse().unwrap_or_else(|_| panic!("`{word}` in a reference"))).collect()
}

impl Golden {
    pub fn read(path: &Path) -> Golden {
        let text = std::fs::read_to_string(path).expect("a reference");
        let mut golden = Golden::default();
        let mut gain = 0.0;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (key, rest) = line.split_once(' ').expect("a key and values");
            match key {
                "expect" => golden.expect = rest.into(),
                "force" => golden.force = Some(rest.into()),
                "input" => golden.input = parse(rest).try_into().expect("channels, height, width"),
                "gain" => gain = parse(rest)[0],
                "weights" => {
                    let count = parse(rest)[0];
                    for line in lines.by_ref().take(count) {
                        formula::add(&mut golden.weights, line, gain);
                    }
                }
                "logits" => golden.logits = parse(rest),
                "layer" | "stated" => {
                    golden.is_default = key == "layer";
                    let (name, shape) = rest.split_once(' ').expect("a layer and its shape");
                    (golden.layer, golden.layer_shape) = (name.into(), parse(shape));
                }
                "mean" => golden.mean = parse(rest),
                "cam" => {
                    let (class, values) = rest.split_once(' ').expect("a class and values");
                    golden.cams.push((class.parse().expect("a class"), parse(values)));
                }
                _ => panic!("unknown key `{key}` in {}", path.display()),
            }
        }
        golden
    }

    /// Builds the network from the weights; it must be the one expected.
    pub fn built(&self) -> arch::Built {
        let [_, height, width] = self.input;
        let options = LoadOptions {
            architecture: self.force.as_deref(),
            input_size: Some([height, width]),
            ..LoadOptions::default()
        };
        let built =
            arch::build(&self.weights, None, &options).unwrap_or_else(|error| panic!("{}: {error}", self.expect));
        assert_eq!(built.name, self.expect);
        built
    }
}

/// All references of a package whose network begins with one of the prefixes.
pub fn files(package: &str, prefixes: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/arch").join(package);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the references").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| prefixes.iter().any(|p| name.starts_with(p)))
    });
    files.sort();
    assert!(!files.is_empty(), "no references of {package} for {prefixes:?}");
    files
}

/// The largest difference, relative to the largest value expected; infinite where something is no
/// number.
pub fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0f32, |m, v| m.max(v.abs()));
    let worst = found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0f32, |m, d| if d.is_nan() { f32::INFINITY } else { m.max(d) });
    worst / largest
}

/// Relative differences of logits, of the target layer's spatial means, and of GradCAM. The layer
/// must be the default one if it says so.
pub fn compare(golden: &Golden, mut graph: Graph, image: &[f32]) -> [f32; 3] {
    let target = layers::resolve(&graph, &golden.layer).expect("the target layer");
    let default = layers::default_target(&graph).expect("a default target");
    let is_default = default.value == target.value;
    assert_eq!(
        is_default, golden.is_default,
        "{}: the default target is {}, the reference's {}",
        golden.expect, default.name, golden.layer
    );
    let (logits, target) = (graph.outputs()[0], target.value);
    assert_eq!(graph.shape(target)[1..], golden.layer_shape[..], "{}", golden.expect);
    let gradient = differentiate(&mut graph, logits, &[target], Rules::Standard).expect("a gradient");
    graph.set_outputs(vec![logits, target, gradient.gradients[0]]);

    let program = Arc::new(Program::compile(&graph, &CompileOptions { late_inputs: vec![1] }).expect("a program"));
    let mut session = program.session();
    session.set_input(0, image);
    session.run();
    let logits_error = difference(session.output(0), &golden.logits);
    let cells = golden.layer_shape[1] * golden.layer_shape[2];
    let activation = session.output(1).to_vec();
    let mean = |map: &[f32]| map.iter().map(|&v| f64::from(v)).sum::<f64>() / cells as f64;
    let means: Vec<f32> = activation.chunks(cells).take(golden.mean.len()).map(|map| mean(map) as f32).collect();
    let mean_error = difference(&means, &golden.mean);
    let mut cam_error = 0f32;
    for (class, expected) in &golden.cams {
        let mut seed = vec![0.0; golden.logits.len()];
        seed[*class] = 1.0;
        session.set_input(1, &seed);
        session.resume();
        let mut cam = vec![0f64; cells];
        for (gradient, activation) in session.output(2).chunks(cells).zip(activation.chunks(cells)) {
            let weight = mean(gradient);
            for (sum, &a) in cam.iter_mut().zip(activation) {
                *sum += weight * f64::from(a);
            }
        }
        let cam: Vec<f32> = cam.into_iter().map(|v| v as f32).collect();
        cam_error = cam_error.max(difference(&cam, expected));
    }
    [logits_error, mean_error, cam_error]
}
