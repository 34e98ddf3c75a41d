//! Whole networks that say how they compute, module by module, against PyTorch
//! (`tests/golden/whole/make.py`), and networks of timm that differ from what their names stand for
//! (`networks.py` beside it).

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_formats::scores::{ScoreOptions, scores};
use heatlens_formats::{LoadOptions, LoadedModel, load};
use safetensors::SafeTensors;

/// Largest difference of logits, relative to the largest: sums of f32 in another order.
const TOLERANCE: f32 = 1e-4;

/// Files that must be refused, and words of the message.
const REFUSED: &[(&str, &[&str])] = &[
    ("own-class", &["`1` is a `__main__.Gate`", "a class of its own"]),
    ("own-linear", &["`3` is a `__main__.Scaled`"]),
    ("not-run", &["`1` is a `torch.nn.modules.container.ModuleList`"]),
];

/// Words of what is said of files; of all others nothing is.
const SAID: &[(&str, &str)] = &[
    ("unflattened", "takes square images of 32 to 39 pixels"),
    ("flattened", "takes square images of 32 to 35 pixels"),
    ("headless-network", "DataParallel"),
    ("network-and-head", "of unusual depth or width"),
    ("pieces", "assumed that `features` and `classifier` run one behind the other"),
    ("pieces-twice", "`base` holds the weights of `features` once more"),
];

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/whole").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files of an archive by name.
fn files(archive: &str) -> HashMap<String, Vec<u8>> {
    let bytes = golden(archive);
    let entries = heatlens_formats::archive::entries(&bytes).expect("a zip file");
    let read = |entry: &heatlens_formats::archive::Entry<'_>| entry.read().expect("readable").into_owned();
    entries.iter().map(|entry| (entry.name.trim_end_matches(".pth").to_owned(), read(entry))).collect()
}

fn floats(file: &SafeTensors<'_>, name: &str) -> (Vec<usize>, Vec<f32>) {
    let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
    let data = view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    (view.shape().to_vec(), data)
}

/// What differs in the logits of a network, if anything does.
fn fault(name: &str, model: &LoadedModel, image: &[f32], want: &[f32]) -> Option<String> {
    let found = logits(model, image);
    let largest = want.iter().fold(0f32, |most, v| most.max(v.abs()));
    let worst = found.iter().zip(want).map(|(a, b)| (a - b).abs() / largest).fold(0f32, f32::max);
    let differs = found.len() != want.len() || worst.is_nan() || worst > TOLERANCE;
    differs.then(|| format!("{name}: {found:?} and not {want:?}"))
}

/// The logits, without what squashes them at the end.
fn logits(model: &LoadedModel, image: &[f32]) -> Vec<f32> {
    let graph = scores(&model.graph, &ScoreOptions::default()).expect("class scores").graph;
    let program = Arc::new(Program::compile(&graph, &CompileOptions::default()).expect("a program"));
    let mut session = program.session();
    session.set_input(0, image);
    session.run();
    session.output(0).to_vec()
}

#[test]
fn networks_compute_what_their_modules_say() {
    let expected = golden("whole.safetensors");
    let expected = SafeTensors::deserialize(&expected).expect("safetensors");
    let mut failures = Vec::new();
    for (name, bytes) in files("whole.zip") {
        if REFUSED.iter().any(|(refused, _)| *refused == name) {
            continue;
        }
        let image = match name.as_str() {
            "plain" => "image/1x32x32",
            "network-and-head" | "headless-network" | "pieces-twice" => "image/3x64x64",
            _ => "image/3x32x32",
        };
        let ((shape, image), (_, want)) = (floats(&expected, image), floats(&expected, &name));
        let options = LoadOptions { input_size: Some([shape[2], shape[3]]), ..LoadOptions::default() };
        let model = match load(&bytes, &options) {
            Ok(model) => model,
            Err(error) => {
                failures.push(format!("{name}: {error}"));
                continue;
            }
        };
        failures.extend(fault(&name, &model, &image, &want));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn networks_pool_activate_and_stride_as_their_modules_say() {
    let expected = golden("networks.safetensors");
    let expected = SafeTensors::deserialize(&expected).expect("safetensors");
    let (shape, image) = floats(&expected, "image");
    let options = LoadOptions { input_size: Some([shape[2], shape[3]]), ..LoadOptions::default() };
    let mut failures = Vec::new();
    for (name, bytes) in files("networks.zip") {
        let model = load(&bytes, &options).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(model.twins.is_empty(), "{name} says what it computes, and yet may be {:?}", model.twins);
        failures.extend(fault(&name, &model, &image, &floats(&expected, &name).1));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn what_is_not_in_the_file_is_said() {
    for (name, bytes) in
        files("whole.zip").iter().filter(|(name, _)| REFUSED.iter().all(|(refused, _)| refused != name))
    {
        let notes = load(bytes, &LoadOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}")).notes.join("\n");
        match SAID.iter().find(|(said, _)| said == name) {
            Some((_, words)) => assert!(notes.contains(words), "{name}: {notes}"),
            None => assert!(notes.is_empty(), "{name}: {notes}"),
        }
    }
}

#[test]
fn classes_whose_code_is_not_known_are_refused_by_name() {
    let files = files("whole.zip");
    for (name, words) in REFUSED {
        let error = load(&files[*name], &LoadOptions::default()).expect_err(name).to_string();
        for word in words.iter().chain(&["torch.onnx.export"]) {
            assert!(error.contains(word), "{name}: `{word}` is not said: {error}");
        }
    }
}
