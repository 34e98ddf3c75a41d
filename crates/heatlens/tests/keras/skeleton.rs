//! Files of whole networks without their weights, which are computed by the formula of
//! `tests/golden/keras/make.py`.

use serde_json::Value;

use crate::hdf5::Group;

#[path = "../../../../tests/support/uniform.rs"]
mod named;
#[path = "../../../../tests/support/zip.rs"]
mod zip;

pub use named::uniform;
pub use zip::archive;

/// The weight of this key; kernels are `gain` times as large as usual.
fn weight(key: &str, shape: &[usize], gain: f64) -> Vec<f32> {
    let leaf = key.rsplit('/').next().unwrap_or(key).split(':').next().unwrap_or(key);
    let gain = if shape.len() == 4 { gain } else { 1.0 };
    let spread = |cells: usize| (gain * (6.0 / cells as f64).sqrt()) as f32;
    let (scale, offset) = match (leaf, shape) {
        ("moving_variance" | "variance", _) => (0.5, 1.0),
        ("gamma", _) => (0.2, 1.0),
        (_, &[height, width, _, last]) if key.contains("depthwise") || last == 1 => (spread(height * width), 0.0),
        (_, [fan_in @ .., _]) if !fan_in.is_empty() => (spread(fan_in.iter().product()), 0.0),
        _ => (0.1, 0.0),
    };
    uniform(key, shape.iter().product()).into_iter().map(|u| offset + scale * u).collect()
}

/// The file that a skeleton is of.
pub fn file(skeleton: &[u8]) -> Vec<u8> {
    let skeleton: Value = serde_json::from_slice(skeleton).expect("JSON");
    let gain = skeleton["gain"].as_f64().unwrap_or(1.0);
    let mut root = Group::default();
    for (path, weight_of) in skeleton["datasets"].as_object().expect("datasets") {
        let shape: Vec<usize> = serde_json::from_value(weight_of[1].clone()).expect("a shape");
        root.dataset(path, &shape, weight(weight_of[0].as_str().expect("a key"), &shape, gain));
    }
    for (path, attributes) in skeleton["attributes"].as_object().into_iter().flatten() {
        let group = root.at(path);
        for (name, value) in attributes.as_object().expect("attributes") {
            match value {
                Value::String(text) => group.texts.push((name.clone(), text.clone())),
                list => group.lists.push((name.clone(), serde_json::from_value(list.clone()).expect("texts"))),
            }
        }
    }
    match skeleton["files"].as_object() {
        None => root.file(),
        Some(said) => {
            let said =
                said.iter().map(|(name, text)| (name.as_str(), text.as_str().expect("text").as_bytes().to_vec()));
            archive(said.chain([("model.weights.h5", root.file())]))
        }
    }
}
