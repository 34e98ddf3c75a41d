//! PyTorch programs against PyTorch (`tests/golden/programs/make.py`): logits, the raw GradCAM map, and
//! the layer that is explained where none is asked for.

#[path = "../../../../tests/support/closeness.rs"]
mod closeness;
#[path = "../../../../tests/support/formats.rs"]
mod formats;
mod hostile;
#[path = "../../../../tests/support/uniform.rs"]
mod named;
mod refused;
#[path = "../../../../tests/support/zip.rs"]
mod zip;

use std::collections::BTreeMap;
use std::path::Path;

use heatlens::{Explainer, ExplainerOptions, Model, ModelOptions, Target};
use heatlens_formats::archive;
use serde_json::Value;

use closeness::{floats, worst};
use formats::{Found, Table};

/// The table of networks without a family in docs/formats.md, and the ends of files' names.
const PAGE: Table = Table {
    heading: "Programs",
    forms: &["`.pt2`", "decomposed", "for two images", "older container", "trace", "script"],
};
const ENDS: [&str; 6] = ["pt2", "core.pt2", "fixed.pt2", "old.pt2", "trace.pt", "script.pt"];

/// Largest differences, relative to the largest value: sums of f32 in another order.
const OF_LOGITS: f64 = 1e-4;
const OF_MAPS: f64 = 1e-3;

/// The programs, and what PyTorch computes.
struct Goldens {
    files: BTreeMap<String, Vec<u8>>,
    expected: Value,
}

impl Goldens {
    fn read() -> Goldens {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/programs/programs.zip");
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let entries = archive::entries(&bytes).expect("a zip file");
        let mut files: BTreeMap<_, _> =
            entries.iter().map(|entry| (entry.name.clone(), entry.read().expect("readable").into_owned())).collect();
        let expected = serde_json::from_slice(&files.remove("expected.json").expect("expected.json")).expect("JSON");
        Goldens { files, expected }
    }

    /// The programs that are read, by name.
    fn programs(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let read = self.files.iter().filter(|(name, _)| !name.starts_with("refused/"));
        read.map(|(name, bytes)| (name.as_str(), &bytes[..]))
    }
}

fn open(bytes: &[u8]) -> Result<Model, heatlens::Error> {
    let nothing = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    Model::from_bytes(bytes, &nothing, &ModelOptions::default())
}

/// How far logits and map of a program are from PyTorch's; no map where none was computed.
fn differences(bytes: &[u8], expected: &Value) -> Result<(f64, Option<f64>), String> {
    let shape: Vec<usize> = serde_json::from_value(expected["shape"].clone()).expect("a shape");
    let nothing = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let options = ModelOptions { input_size: Some([shape[1], shape[2]]), ..Default::default() };
    let model = Model::from_bytes(bytes, &nothing, &options).map_err(|error| error.to_string())?;
    let size: Vec<String> = shape.iter().map(usize::to_string).collect();
    let image = named::uniform(&format!("image/{}", size.join("x")), shape.iter().product());
    let layer = expected["layer"].as_str();
    let mut layers = Vec::new();
    if let Some(name) = layer {
        let default = model.default_layer().map_err(|error| error.to_string())?;
        let wanted = model.layer(name).map_err(|error| error.to_string())?;
        if default.value != wanted.value {
            return Err(format!("explains `{}` where none is asked for, and not `{name}`", default.name));
        }
        layers.push(name.to_owned());
    }
    let explainer = Explainer::new(&model, &ExplainerOptions { layers, ..Default::default() });
    let explainer = explainer.map_err(|error| error.to_string())?;
    let explained = explainer.worker().explain(&image, &[Target::Class(1)]).map_err(|error| error.to_string())?;
    let cam = &expected["cam"];
    let of_map = (!cam.is_null()).then(|| worst(explained.maps[0].raw.values.iter().copied(), &floats(cam)));
    Ok((worst(explained.prediction.logits.iter().copied(), &floats(&expected["logits"])), of_map))
}

/// Compares programs, and prints the table of differences.
fn compare<'g>(files: impl Iterator<Item = (&'g str, std::borrow::Cow<'g, [u8]>)>, expected: &Value) {
    let mut failures = Vec::new();
    for (file, bytes) in files {
        let (stem, end) = file.split_once('.').expect("a network and a form");
        match differences(&bytes, &expected[stem]) {
            Ok((logits, map)) => {
                println!("{file}: logits {logits:.1e}, map {}", map.map_or("-".into(), |m| format!("{m:.1e}")));
                if !(logits <= OF_LOGITS && map.is_none_or(|map| map <= OF_MAPS)) {
                    failures.push(format!("{file}: logits {logits:e}, map {map:?}"));
                }
                let form = ENDS.iter().position(|other| *other == end).expect("a form of docs/formats.md");
                let layer = expected[stem]["layer"].as_str().map(str::to_owned);
                failures.extend(PAGE.meets(stem, PAGE.forms[form], &Found { logits, map, layer }).err());
            }
            Err(error) => failures.push(format!("{file}: {error}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn small_networks_compute_what_pytorch_computes() {
    let goldens = Goldens::read();
    compare(goldens.programs().map(|(file, bytes)| (file, bytes.into())), &goldens.expected);
}

/// Whole networks in a folder that `make.py --big FOLDER` made, named by `HEATLENS_PROGRAMS`.
#[test]
fn whole_networks_compute_what_pytorch_computes() {
    let Some(folder) = std::env::var_os("HEATLENS_PROGRAMS") else {
        println!("skipped: HEATLENS_PROGRAMS names no folder of programs (tests/golden/programs/make.py makes one)");
        return;
    };
    let folder = Path::new(&folder);
    let expected = std::fs::read(folder.join("expected.json")).expect("expected.json");
    let names = std::fs::read_dir(folder).expect("a folder").flatten();
    let names = names.map(|entry| entry.file_name().into_string().expect("text"));
    let mut names: Vec<String> = names.filter(|name| name.contains(".pt")).collect();
    names.sort();
    let files = names.iter().map(|name| (name.as_str(), std::fs::read(folder.join(name)).expect("a file").into()));
    compare(files, &serde_json::from_slice(&expected).expect("JSON"));
}
