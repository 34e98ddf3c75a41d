//! Weights of networks that were cut up, kept twice, or lie beside others of their kind, against
//! PyTorch (`tests/golden/pieces/make.py`).

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_formats::scores::{ScoreOptions, scores};
use heatlens_formats::{LoadOptions, load};
use safetensors::SafeTensors;

/// Largest difference of logits, relative to the largest: sums of f32 in another order.
const TOLERANCE: f32 = 1e-4;

/// A file, what the caller says of it (`--arch`, `--weights`, `--output`), and words of what must
/// be said.
struct Case(&'static str, [Option<&'static str>; 3], &'static [&'static str]);

const NOTHING: [Option<&str>; 3] = [None; 3];

const fn arch(name: &'static str) -> [Option<&'static str>; 3] {
    [Some(name), None, None]
}

const fn weights(key: &'static str) -> [Option<&'static str>; 3] {
    [None, Some(key), None]
}

const READ: &[Case] = &[
    Case("flat-resnet", NOTHING, &["numbered modules were taken for the children of a ResNet"]),
    Case("mobilenet-features", NOTHING, &["the `features` of a network", "assumed that `1` takes the pooled features"]),
    Case("flat-mobilenet", NOTHING, &["the `features` of a network"]),
    Case("timm-efficientnet", NOTHING, &["timm's EfficientNet", "`tf_efficientnet_b0`"]),
    Case("densenet-features", NOTHING, &["assumed that `head` takes the pooled features of `body.0`"]),
    Case("twice", NOTHING, &["`base_model` holds the same weights once more", "`base_model.fc.weight` [7, 16]"]),
    Case("fastai", NOTHING, &["maxima and behind them means are assumed", "catavgmax-pool"]),
    Case("normalised", NOTHING, &["`bn`, `fc` take one behind the other", "(batch normalisation), `fc.fc` (linear)"]),
    Case("leaky-head", arch("resnet18:head-leaky-relu=0.2"), &[]),
    Case("linear-head", arch("resnet18:head-none"), &[]),
    Case("two-heads", [None, None, Some("head_a")], &["each of `head_a`, `head_b`"]),
    Case("last-and-best", weights("best_state_dict"), &["took the weights under `best_state_dict`, as was asked for"]),
    Case("folds", weights("1"), &["took the weights under `1`"]),
    Case("side-by-side", weights("b"), &["whose names begin with `b.`"]),
];

/// Files that must be refused as they are, and words of the message.
const REFUSED: &[(&str, &[&str])] = &[
    ("folds", &["several networks of the same names and shapes, in `0`, `1`", "`--weights 1`"]),
    ("side-by-side", &["in `a`, `b`", "`--weights b`"]),
    ("own-stack", &["the file's", "torch.onnx.export"]),
];

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/pieces").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files of `pieces.zip` by name.
fn files() -> HashMap<String, Vec<u8>> {
    let bytes = golden("pieces.zip");
    let entries = heatlens_formats::archive::entries(&bytes).expect("a zip file");
    let read = |entry: &heatlens_formats::archive::Entry<'_>| entry.read().expect("readable").into_owned();
    entries.iter().map(|entry| (entry.name.trim_end_matches(".pth").to_owned(), read(entry))).collect()
}

fn floats(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
    view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()
}

#[test]
fn networks_in_pieces_are_the_networks() {
    let files = files();
    let expected = golden("pieces.safetensors");
    let expected = SafeTensors::deserialize(&expected).expect("safetensors");
    let image = floats(&expected, "image");
    let mut failures = Vec::new();
    for Case(name, [architecture, weights, output], words) in READ {
        let options = LoadOptions {
            architecture: *architecture,
            weights: *weights,
            output: *output,
            input_size: Some([64, 64]),
            ..LoadOptions::default()
        };
        let model = load(&files[*name], &options).unwrap_or_else(|e| panic!("{name}: {e}"));
        let notes = model.notes.join("\n");
        for word in *words {
            assert!(notes.contains(word), "{name}: `{word}` is not said: {notes}");
        }
        let read = ScoreOptions { output: *output, ..ScoreOptions::default() };
        let graph = scores(&model.graph, &read).unwrap_or_else(|e| panic!("{name}: {e}")).graph;
        let program = Arc::new(Program::compile(&graph, &CompileOptions::default()).expect("a program"));
        let mut session = program.session();
        session.set_input(0, &image);
        session.run();
        let (found, want) = (session.output(0), floats(&expected, name));
        let largest = want.iter().fold(0f32, |most, v| most.max(v.abs()));
        let worst = found.iter().zip(&want).map(|(a, b)| (a - b).abs() / largest).fold(0f32, f32::max);
        if found.len() != want.len() || worst.is_nan() || worst > TOLERANCE {
            failures.push(format!("{name}: {found:?} and not {want:?}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn what_has_several_readings_is_asked_for() {
    let files = files();
    for (name, words) in REFUSED {
        let error = load(&files[*name], &LoadOptions::default()).expect_err(name).to_string();
        for word in *words {
            assert!(error.contains(word), "{name}: `{word}` is not said: {error}");
        }
    }
}

#[test]
fn what_is_assumed_is_said_with_the_way_to_say_otherwise() {
    let files = files();
    for (name, words) in [
        ("linear-head", "`--arch resnet18:head-none`"),
        ("last-and-best", "`--weights best_state_dict` reads it instead"),
    ] {
        let notes = load(&files[name], &LoadOptions::default()).expect(name).notes.join("\n");
        assert!(notes.contains(words), "{name}: {notes}");
    }
    let asked = LoadOptions { weights: Some("worst"), ..LoadOptions::default() };
    let error = load(&files["folds"], &asked).expect_err("no such part").to_string();
    assert!(error.contains("`worst`") && error.contains("begin with 0, 1"), "{error}");
}
