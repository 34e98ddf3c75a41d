//! Keras models against TensorFlow (`tests/golden/keras/make.py`): logits, the raw GradCAM map, and the
//! layer that is explained where none is asked for.

#[path = "../../../../tests/support/closeness.rs"]
mod closeness;
#[path = "../../../../tests/support/formats.rs"]
mod formats;
mod hdf5;
mod skeleton;

use std::collections::BTreeMap;
use std::path::Path;

use heatlens::{Explainer, ExplainerOptions, Model, ModelOptions, Target};
use heatlens_formats::archive;
use serde_json::Value;

use closeness::{floats, worst};
use formats::{Found, Table};

/// The table of `keras.applications` in docs/formats.md.
const PAGE: Table =
    Table { heading: "Keras", forms: &["Keras 2, `.h5`", "Keras 2, `.keras`", "Keras 3, `.h5`", "Keras 3, `.keras`"] };

/// Largest differences, relative to the largest value: sums of f32 in another order.
const OF_LOGITS: f64 = 1e-4;
const OF_MAPS: f64 = 1e-3;

/// An archive of goldens: its files, and what TensorFlow computes.
struct Goldens {
    files: BTreeMap<String, Vec<u8>>,
    expected: Value,
}

impl Goldens {
    fn read(name: &str) -> Goldens {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/keras").join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let entries = archive::entries(&bytes).expect("a zip file");
        let mut files: BTreeMap<_, _> =
            entries.iter().map(|entry| (entry.name.clone(), entry.read().expect("readable").into_owned())).collect();
        let expected = serde_json::from_slice(&files.remove("expected.json").expect("expected.json")).expect("JSON");
        Goldens { files, expected }
    }

    /// Files by name that are whole, and those that are to be filled with weights.
    fn whole(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let is_model = |name: &str| !name.ends_with(".json") && !name.starts_with("refused/");
        self.files.iter().filter(move |(name, _)| is_model(name)).map(|(name, bytes)| (name.as_str(), &bytes[..]))
    }

    fn skeletons(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().filter_map(|(name, bytes)| Some((name.strip_suffix(".json")?, &bytes[..])))
    }
}

fn open(bytes: &[u8]) -> Result<Model, heatlens::Error> {
    let nothing = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    Model::from_bytes(bytes, &nothing, &ModelOptions::default())
}

/// How far logits and map of a file are from TensorFlow's; no map where none was computed.
fn differences(bytes: &[u8], expected: &Value) -> Result<(f64, Option<f64>), String> {
    let model = open(bytes).map_err(|error| error.to_string())?;
    if let Some(note) = model.notes().iter().find(|note| note.contains("bear other names")) {
        return Err(note.clone());
    }
    let shape: Vec<usize> = serde_json::from_value(expected["shape"].clone()).expect("a shape");
    let size: Vec<String> = shape.iter().map(usize::to_string).collect();
    let image = skeleton::uniform(&format!("image/{}", size.join("x")), shape.iter().product());
    let layer = expected["layer"].as_str();
    let layers = match layer {
        None => Vec::new(),
        Some(name) => {
            // The last layer of a model within a model is that model, too.
            let default = model.default_layer().map_err(|error| error.to_string())?;
            let wanted = model.layer(name).map_err(|error| error.to_string())?;
            if default.value != wanted.value {
                return Err(format!("explains `{}` where none is asked for, and not `{name}`", default.name));
            }
            vec![name.to_owned()]
        }
    };
    let logits = floats(&expected["logits"]);
    // A head of one logit gives it as that of the second of two classes.
    let logits = if let [z] = logits[..] { vec![-z, z] } else { logits };
    let explainer = Explainer::new(&model, &ExplainerOptions { layers, ..Default::default() });
    let explainer = explainer.map_err(|error| error.to_string())?;
    let explained = explainer.worker().explain(&image, &[Target::Class(1)]).map_err(|error| error.to_string())?;
    let of_map = layer.map(|_| worst(explained.maps[0].raw.values.iter().copied(), &floats(&expected["cam"])));
    Ok((worst(explained.prediction.logits.iter().copied(), &logits), of_map))
}

/// What is found of a family of `keras.applications` must be what docs/formats.md says of it.
fn told(archive: &str, file: &str, expected: &Value, (logits, map): (f64, Option<f64>)) -> Result<(), String> {
    // `resnet50-nested.h5`
    let (Some((family, rest)), true) = (file.split_once('-'), archive.starts_with("families")) else { return Ok(()) };
    let version = archive.trim_start_matches("families").trim_end_matches(".zip");
    let form = format!("Keras {version}, `.{}`", rest.rsplit('.').next().unwrap_or_default());
    let form = PAGE.forms.iter().find(|other| **other == form).ok_or(form)?;
    let layer = expected["layer"].as_str().map(|layer| layer.rsplit('.').next().unwrap_or(layer).to_owned());
    PAGE.meets(family, form, &Found { logits, map, layer })
}

/// Compares all files, and prints the table of differences.
fn compare<'g>(name: &str, files: impl Iterator<Item = (&'g str, Vec<u8>)>, goldens: &Goldens) {
    let mut failures = Vec::new();
    for (file, bytes) in files {
        // `resnet50-nested.h5` has a golden of its own, `pooling.h5` and `pooling.keras` one in common.
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let expected = [file, stem].map(|key| &goldens.expected[key]);
        let expected = if expected[0].is_null() { expected[1] } else { expected[0] };
        if !expected["outputs"].is_null() {
            continue;
        }
        match differences(&bytes, expected) {
            Ok((logits, map)) => {
                println!("{name} {file}: logits {logits:.1e}, map {}", map.map_or("-".into(), |m| format!("{m:.1e}")));
                if !(logits <= OF_LOGITS && map.is_none_or(|map| map <= OF_MAPS)) {
                    failures.push(format!("{name} {file}: logits {logits:e}, map {map:?}"));
                }
                failures.extend(told(name, file, expected, (logits, map)).err());
            }
            Err(error) => failures.push(format!("{name} {file}: {error}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn small_networks_compute_what_keras_computes() {
    for name in ["layers2.zip", "layers3.zip"] {
        let goldens = Goldens::read(name);
        compare(name, goldens.whole().map(|(file, bytes)| (file, bytes.to_vec())), &goldens);
    }
}

#[test]
fn each_of_several_heads_is_read_by_its_name() {
    for archive in ["layers2.zip", "layers3.zip"] {
        let goldens = Goldens::read(archive);
        for file in ["two.h5", "two.keras"] {
            let image = skeleton::uniform("image/9x9x3", 9 * 9 * 3);
            for (output, expected) in goldens.expected["two"]["outputs"].as_object().expect("outputs") {
                let options = ModelOptions { output: Some(output.clone()), ..Default::default() };
                let nothing = |_: &str| Err(std::io::ErrorKind::NotFound.into());
                let model = Model::from_bytes(&goldens.files[file], &nothing, &options).expect("a model");
                let explainer = Explainer::new(&model, &ExplainerOptions::default()).expect("an explainer");
                let found = explainer.worker().explain(&image, &[Target::Class(1)]).expect("an explanation");
                let apart = worst(found.prediction.logits, &floats(expected));
                assert!(apart <= OF_LOGITS, "{archive} {file} {output}: {apart:e}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_what_to_do() {
    for archive in ["layers2.zip", "layers3.zip"] {
        let goldens = Goldens::read(archive);
        let refused = |file: &str| open(&goldens.files[file]).expect_err(file).to_string();
        let lambda = refused("refused/lambda.h5");
        for words in ["`twice` (Lambda)", "Python code, which is not run", "model.export('model.onnx'"] {
            assert!(lambda.contains(words), "{archive}: {lambda}");
        }
        let weights = refused("refused/only.weights.h5");
        for words in ["save_weights", "model.load_weights", "model.save("] {
            assert!(weights.contains(words), "{archive}: {weights}");
        }
    }
}

/// What is left of a file that breaks off is refused, and so is any one with other bytes, or read.
#[test]
fn broken_files_are_errors_and_no_panics() {
    for archive in ["layers2.zip", "layers3.zip"] {
        let goldens = Goldens::read(archive);
        for file in ["flattened.h5", "flattened.keras", "pooling.h5"] {
            let bytes = &goldens.files[file];
            for hundredth in 0..100 {
                assert!(open(&bytes[..bytes.len() * hundredth / 100]).is_err(), "{archive} {file}, {hundredth} %");
            }
            for at in (0..bytes.len()).step_by(bytes.len() / 1500 + 1) {
                for value in [0, 0x7F, 0xFF] {
                    let mut bytes = bytes.clone();
                    bytes[at] = value;
                    drop(open(&bytes));
                }
            }
        }
    }
}

/// A model whose parts are as wanted: a description and no weights.
fn described(description: &str) -> Vec<u8> {
    let mut root = hdf5::Group::default();
    root.texts.push(("model_config".into(), description.into()));
    root.at("model_weights");
    root.file()
}

#[test]
fn descriptions_that_contradict_themselves_are_refused() {
    let layer = |class: &str, name: &str, from: &str, settings: &str| {
        format!(
            r#"{{"class_name": "{class}", "name": "{name}", "config": {{"name": "{name}"{settings}}},
                "inbound_nodes": [[["{from}", 0, 0, {{}}]]]}}"#
        )
    };
    let model = |layers: &[String], from: &str| {
        format!(
            r#"{{"class_name": "Functional", "config": {{"name": "m", "layers": [
                {{"class_name": "InputLayer", "name": "in", "config": {{"batch_shape": [null, 8, 8, 3], "name": "in"}},
                  "inbound_nodes": []}}, {}], "input_layers": [["in", 0, 0]], "output_layers": [["{from}", 0, 0]]}}}}"#,
            layers.join(",")
        )
    };
    let relu = |name: &str, from: &str| layer("ReLU", name, from, "");
    let resized = r#", "height": 2000000000, "width": 2000000000"#;
    let cases = [
        (model(&[relu("a", "b"), relu("b", "a")], "a"), "in a circle"),
        (model(&[relu("a", "a")], "a"), "in a circle"),
        (model(&[relu("a", "nowhere")], "a"), "named and not there"),
        (model(&[layer("Custom>Swirl", "a", "in", "")], "a"), "`a` (Custom>Swirl)"),
        (model(&[layer("Dense", "a", "in", "")], "a"), "the file has 0 of its weights kernel, bias"),
        (model(&[layer("Resizing", "a", "in", resized)], "a"), "larger than"),
        (model(&[layer("ZeroPadding2D", "a", "in", r#", "padding": 99999999999"#)], "a"), "absurd"),
        (model(&[layer("ReLU", "a", "in", r#", "data_format": "channels_first""#)], "a"), "channels_first"),
        (
            model(&[layer("Activation", "a", "in", r#", "activation": "hard_sigmoid""#)], "a"),
            "does not say which of them wrote it",
        ),
        (r#"{"class_name": "Sequential", "config": []}"#.into(), "does not say what the model takes"),
        (r#"{"class_name": "MyNet", "config": {}}"#.into(), "a class of its own"),
        ("[".repeat(200_000), "no JSON"),
    ];
    for (description, words) in cases {
        let error = open(&described(&description)).expect_err(words).to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn weights_under_other_names_are_taken_in_their_order_and_that_is_said() {
    let description = r#"{"class_name": "Sequential", "config": {"name": "s", "layers": [
        {"class_name": "Sequential", "config": {"name": "inner", "layers": [
            {"class_name": "Flatten", "config": {"name": "flat", "batch_input_shape": [null, 2, 2, 1]}},
            {"class_name": "Dense", "config": {"name": "head", "units": 2, "activation": "linear"}}]}}]}}"#;
    let file = |scope: &str| {
        let mut root = hdf5::Group::default();
        root.texts.push(("model_config".into(), description.into()));
        let names = ["kernel:0", "bias:0"].map(|name| format!("{scope}/{name}"));
        root.at("model_weights/inner").lists.push(("weight_names".into(), names.to_vec()));
        root.dataset(&format!("model_weights/inner/{}", names[0]), &[4, 2], (0..8).map(|v| v as f32).collect());
        root.dataset(&format!("model_weights/inner/{}", names[1]), &[2], vec![0.5, -0.5]);
        root.file()
    };
    let said = |model: &Model| model.notes().iter().any(|note| note.contains("bear other names in the file"));
    let [own, other] = ["head", "older"].map(|scope| open(&file(scope)).expect("a model"));
    assert!(!said(&own) && said(&other), "{:?}", other.notes());
}

#[test]
fn models_that_double_themselves_are_refused() {
    let input = r#"{"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [null, 8, 8, 3], "name": "in"},
        "inbound_nodes": []}"#;
    let model = |name: &str, inner: &str, output: &str| {
        format!(
            r#"{{"class_name": "Functional", "name": "{name}",
                "inbound_nodes": [[["in", 0, 0, {{}}]], [["{name}", 0, 0, {{}}]]], "config": {{"name": "{name}",
                "layers": [{input}, {inner}], "input_layers": [["in", 0, 0]], "output_layers": [{output}]}}}}"#
        )
    };
    let relu = r#"{"class_name": "ReLU", "name": "relu", "config": {"name": "relu"},
        "inbound_nodes": [[["in", 0, 0, {}]]]}"#;
    // Each calls the one within it twice: a million activations in all.
    let mut doubled = model("m0", relu, r#"["relu", 0, 0]"#);
    for depth in 1..=20 {
        doubled = model(&format!("m{depth}"), &doubled, &format!(r#"["m{}", 1, 0]"#, depth - 1));
    }
    let error = open(&described(&doubled)).expect_err("it is too large").to_string();
    assert!(error.contains("more than 100000 operators"), "{error}");
}

#[test]
fn class_names_beside_the_model_are_taken() {
    let goldens = Goldens::read("layers2.zip");
    let beside = |name: &str| match name {
        "labels.txt" => Ok(b"0 Healthy
1 Glaucoma
"
        .to_vec()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let model = Model::from_bytes(&goldens.files["merged.h5"], &beside, &ModelOptions::default()).expect("a model");
    assert_eq!(model.classes(), ["Healthy", "Glaucoma"]);
    assert!(model.notes().iter().any(|note| note.contains("`labels.txt`")), "{:?}", model.notes());
}

#[test]
fn families_compute_what_keras_2_computes() {
    let goldens = Goldens::read("families2.zip");
    compare("families2.zip", goldens.skeletons().map(|(file, bytes)| (file, skeleton::file(bytes))), &goldens);
}

#[test]
fn families_compute_what_keras_3_computes() {
    let goldens = Goldens::read("families3.zip");
    compare("families3.zip", goldens.skeletons().map(|(file, bytes)| (file, skeleton::file(bytes))), &goldens);
}
