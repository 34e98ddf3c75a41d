//! Learners of fastai against fastai (`tests/golden/fastai/make.py`): logits, the raw GradCAM map at the last
//! layer of the body, and what `learn.export` says beside the network.

#[path = "../../../tests/support/closeness.rs"]
mod closeness;
#[path = "../../../tests/support/formats.rs"]
mod formats;
#[path = "../../formats/tests/arch/formula.rs"]
#[expect(dead_code, reason = "listings of references have no place here")]
mod formula;
#[path = "../../../tests/support/zip.rs"]
mod zip;

use std::collections::BTreeMap;
use std::path::Path;

use heatlens::{Explainer, ExplainerOptions, Head, Model, ModelOptions, Target};
use heatlens_formats::archive;
use serde_json::Value;

use closeness::{floats, worst};
use formats::{Found, Table};

/// Largest differences, relative to the largest value: sums of f32 in another order.
const OF_LOGITS: f64 = 1e-4;
const OF_MAPS: f64 = 1e-3;

/// The table of these networks in docs/formats.md.
const PAGE: Table = Table { heading: "fastai", forms: &["`learn.save`", "`learn.export`"] };

/// An archive of goldens: the pickles, and what fastai computes.
struct Goldens {
    pickles: BTreeMap<String, Vec<u8>>,
    expected: Value,
}

impl Goldens {
    fn read(version: &str) -> Goldens {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/golden/fastai/fastai-{version}.zip"));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let entries = archive::entries(&bytes).expect("a zip file");
        let mut pickles: BTreeMap<_, _> =
            entries.iter().map(|entry| (entry.name.clone(), entry.read().expect("readable").into_owned())).collect();
        let expected = serde_json::from_slice(&pickles.remove("expected.json").expect("expected.json")).expect("JSON");
        Goldens { pickles, expected }
    }

    /// The file that fastai wrote, with its weights made anew.
    fn file(&self, name: &str, form: &str) -> Vec<u8> {
        let learner = &self.expected["learners"][name];
        let gain = learner["gain"].as_f64().expect("a gain");
        let mut entries =
            vec![("archive/data.pkl".to_owned(), self.pickles[&format!("{name}.{form}/data.pkl")].clone())];
        for (key, what) in learner[form].as_object().expect("storages") {
            let content = match what.as_array().map(Vec::as_slice) {
                Some([Value::String(name), Value::Array(shape)]) => {
                    let shape: Vec<usize> = shape.iter().map(|n| n.as_u64().expect("an extent") as usize).collect();
                    let tensor = formula::tensor(name, &shape, gain);
                    tensor.as_f32().expect("floats").iter().flat_map(|v| v.to_le_bytes()).collect()
                }
                Some([Value::String(hex)]) => {
                    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
                    (0..hex.len()).step_by(2).map(byte).collect()
                }
                _ => Vec::new(),
            };
            entries.push((format!("archive/data/{key}"), content));
        }
        entries.push(("archive/version".to_owned(), b"3\n".to_vec()));
        zip::archive(entries.iter().map(|(name, content)| (name.as_str(), content.clone())))
    }

    fn size(&self) -> [usize; 2] {
        serde_json::from_value(self.expected["size"].clone()).expect("height and width")
    }
}

fn open(bytes: &[u8], input_size: Option<[usize; 2]>) -> Result<Model, heatlens::Error> {
    let nothing = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    Model::from_bytes(bytes, &nothing, &ModelOptions { input_size, ..Default::default() })
}

/// What is found of a learner's network.
fn found(bytes: &[u8], size: [usize; 2], expected: &Value) -> Result<Found, String> {
    let model = open(bytes, Some(size)).map_err(|error| error.to_string())?;
    let layer = model.default_layer().map_err(|error| error.to_string())?.name;
    let explainer = Explainer::new(&model, &ExplainerOptions::default()).map_err(|error| error.to_string())?;
    let image = formula::uniform("input", 3 * size[0] * size[1]);
    let last = model.classes().len() - 1;
    let explained = explainer.worker().explain(&image, &[Target::Class(last)]).map_err(|error| error.to_string())?;
    let logits = worst(explained.prediction.logits.iter().copied(), &floats(&expected["logits"]));
    let map = worst(explained.maps[0].raw.values.iter().copied(), &floats(&expected["cam"]));
    Ok(Found { logits, map: Some(map), layer: Some(layer) })
}

#[test]
fn learners_compute_what_fastai_computes() {
    let mut failures = Vec::new();
    for version in ["2.7", "2.8"] {
        let goldens = Goldens::read(version);
        for (name, expected) in goldens.expected["learners"].as_object().expect("learners") {
            for form in ["save", "export"] {
                match found(&goldens.file(name, form), goldens.size(), expected) {
                    Ok(found) => {
                        let (logits, map) = (found.logits, found.map.unwrap_or(f64::INFINITY));
                        println!("{version} {name}.{form}: logits {logits:.1e}, map {map:.1e}, {:?}", found.layer);
                        if !(logits <= OF_LOGITS && map <= OF_MAPS) {
                            failures.push(format!("{version} {name}.{form}: logits {logits:e}, map {map:e}"));
                        } else {
                            failures.extend(PAGE.meets(name, &format!("`learn.{form}`"), &found).err());
                        }
                    }
                    Err(error) => failures.push(format!("{version} {name}.{form}: {error}")),
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_learner_says_its_classes_its_head_and_how_photographs_were_prepared() {
    for version in ["2.7", "2.8"] {
        let goldens = Goldens::read(version);
        let model = open(&goldens.file("resnet34", "export"), None).expect("a learner");
        assert_eq!(model.classes(), ["glaucoma", "normal"]);
        assert_eq!(model.head(), Head::Softmax);
        let preparation = model.preparation().expect("a preparation");
        assert_eq!((preparation.input, &preparation.mode[..]), ([64, 64], "center"));
        assert_eq!(preparation.mean, [0.485, 0.456, 0.406]);

        let squished = open(&goldens.file("resnet18-plain", "export"), None).expect("a learner");
        let preparation = squished.preparation().expect("a preparation");
        assert_eq!((preparation.input, &preparation.mode[..], preparation.mean[0]), ([64, 96], "squash", 0.0));

        let labels = open(&goldens.file("resnet18-labels", "export"), None).expect("a learner");
        assert_eq!(labels.classes(), ["disc", "exudate", "haemorrhage"]);
        assert_eq!(labels.head(), Head::Sigmoids);
    }
}

/// A learner with other bytes is refused, or read; what is left of one that breaks off is refused.
#[test]
fn broken_learners_are_errors_and_no_panics() {
    let goldens = Goldens::read("2.8");
    let pickle = &goldens.pickles["resnet18-plain.export/data.pkl"];
    let file =
        |pickle: &[u8]| zip::archive([("archive/data.pkl", pickle.to_vec()), ("archive/version", b"3".to_vec())]);
    for hundredth in 0..100 {
        assert!(open(&file(&pickle[..pickle.len() * hundredth / 100]), None).is_err(), "{hundredth} %");
    }
    for at in (0..pickle.len()).step_by(pickle.len() / 1500 + 1) {
        for value in [0, 0x7F, 0xFF] {
            let mut pickle = pickle.clone();
            pickle[at] = value;
            drop(open(&file(&pickle), None));
        }
    }
}

#[test]
fn what_weights_leave_open_is_said_with_the_way_to_say_it() {
    let goldens = Goldens::read("2.8");
    let read = |name: &str, architecture: Option<&str>| {
        let nothing = |_: &str| Err(std::io::ErrorKind::NotFound.into());
        let options = ModelOptions {
            input_size: Some(goldens.size()),
            architecture: architecture.map(str::to_owned),
            ..Default::default()
        };
        let model = Model::from_bytes(&goldens.file(name, "save"), &nothing, &options).expect("a network");
        let relus = model.graph().nodes().iter().filter(|node| node.op.name() == "Relu").count();
        (relus, model.notes().join("\n"))
    };
    let (bare, notes) = read("densenet121", None);
    assert!(notes.contains("densenet121:last-relu") && notes.contains("densenet121:catavgmax-pool"), "{notes}");
    let (whole, notes) = read("densenet121", Some("densenet121:last-relu"));
    assert!(whole == bare + 1 && !notes.contains("last-relu"), "{whole} {bare} {notes}");
    let (_, notes) = read("resnet18-plain", None);
    assert!(notes.contains("resnet18:max-pool"), "{notes}");
}
