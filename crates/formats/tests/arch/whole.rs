//! Whole pickled networks against PyTorch, where a folder of them is at hand
//! (`tests/golden/arch/modules.py` makes one).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_formats::torch::{arch, read};
use heatlens_formats::{LoadOptions, load};
use heatlens_graph::Graph;
use safetensors::SafeTensors;

use crate::golden::difference;

/// Networks whose weights alone are read as another, and the name under which they are themselves.
const NAMED: &[(&str, &str)] = &[
    ("timm-resnet18-max", "resnet18:max-pool"),
    ("timm-resnet18-avgmax", "resnet18:avgmax-pool"),
    ("timm-resnet18-silu", "resnet18:silu"),
    ("timm-resnet18-stride16", "resnet18:stride-16"),
    ("timm-resnet50-stride8", "resnet50:stride-8"),
    ("timm-resnetaa50", "resnetaa50"),
    ("timm-resnetblur50", "resnetblur50"),
    ("timm-resnetblur18", "resnetblur18"),
    ("timm-densenet121-max", "densenet121:max-pool"),
    ("timm-efficientnet_b0-avgmax", "efficientnet_b0:avgmax-pool"),
    ("timm-vgg11-max", "vgg11:max-pool"),
];

/// The folder of whole networks, if there is one.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("HEATLENS_MODULES").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: HEATLENS_MODULES names no folder of modules (tests/golden/arch/modules.py makes one)");
    }
    folder
}

fn floats(file: &SafeTensors<'_>, name: &str) -> (Vec<usize>, Vec<f32>) {
    let view = file.tensor(name).expect("a tensor");
    let data = view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    (view.shape().to_vec(), data)
}

/// The largest relative difference of the logits.
fn error(graph: &Graph, path: &Path) -> f32 {
    let bytes = std::fs::read(path.with_extension("safetensors")).expect("input and logits");
    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    let program = Arc::new(Program::compile(graph, &CompileOptions::default()).expect("a program"));
    let mut session = program.session();
    session.set_input(0, &floats(&file, "input").1);
    session.run();
    let logits = floats(&file, "logits").1;
    if session.output(0).len() == logits.len() { difference(session.output(0), &logits) } else { f32::INFINITY }
}

fn size(path: &Path) -> [usize; 2] {
    let bytes = std::fs::read(path.with_extension("safetensors")).expect("input and logits");
    let (shape, _) = floats(&SafeTensors::deserialize(&bytes).expect("safetensors"), "input");
    [shape[2], shape[3]]
}

#[test]
fn whole_modules_compute_what_they_say() {
    let Some(folder) = folder() else { return };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "pth"))
        .collect();
    paths.sort();
    let mut failures = Vec::new();
    for path in paths {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("readable");
        match load(&bytes, &LoadOptions { input_size: Some(size(&path)), ..LoadOptions::default() }) {
            Ok(model) => {
                let error = error(&model.graph, &path);
                println!("{name}: {error:.1e} {:?}", model.notes);
                if error > 1e-4 || !model.twins.is_empty() {
                    failures.push(format!("{name}: {error:e} {:?}", model.twins));
                }
            }
            Err(error) => failures.push(format!("{name}: {}", error.to_string().lines().next().unwrap_or_default())),
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn weights_alone_are_read_by_name() {
    let Some(folder) = folder() else { return };
    let mut failures = Vec::new();
    for (file, name) in NAMED {
        let path = folder.join(format!("{file}.pth"));
        let weights = read(&std::fs::read(&path).expect("a network")).expect("a checkpoint").weights;
        let options =
            |architecture| LoadOptions { architecture, input_size: Some(size(&path)), ..LoadOptions::default() };
        let guessed = arch::build(&weights, None, &options(None)).expect("a network");
        if !guessed.twins.iter().any(|twin| twin.name == *name) {
            failures.push(format!("{file}: `{name}` is none of the twins {:?}", guessed.twins));
        }
        let error = arch::build(&weights, None, &options(Some(name))).map(|built| error(&built.graph, &path));
        if !error.as_ref().is_ok_and(|error| *error <= 1e-4) {
            failures.push(format!("{file}: {error:?}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
