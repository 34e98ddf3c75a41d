//! Goldens and how they are compared.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use heatlens::{Explainer, ExplainerOptions, Heatmap, Method, Model, ModelOptions, Target};
use heatlens_formats::archive::Entry;
use heatlens_imaging::{Array, read_npy};

/// The reference leaves the sign of a principal component to chance.
pub const FREE_SIGN: [Method; 4] = [Method::EigenCam, Method::EigenGradCam, Method::SegEigenCam, Method::KpcaCam];

pub fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

/// The narrow ResNet: two classes, global average pooling and one linear layer.
pub fn resnet() -> Model {
    let options = ModelOptions { input_size: Some([84, 84]), ..ModelOptions::default() };
    Model::open(&goldens().join("variants/state.pth"), &options).unwrap()
}

/// Five classes, SiLU, a head of two layers.
pub fn curved() -> Model {
    Model::open(&goldens().join("methods/curved.onnx"), &ModelOptions::default()).unwrap()
}

pub fn read_npz(path: &Path) -> HashMap<String, Array> {
    let file = std::fs::read(path).unwrap();
    let entries = heatlens_formats::archive::entries(&file).unwrap();
    // The layer's name is text, which is no array of numbers.
    let array = |entry: &Entry<'_>| {
        Some((entry.name.trim_end_matches(".npy").to_owned(), read_npy(&entry.read().unwrap()).ok()?))
    };
    entries.iter().filter_map(array).collect()
}

/// One image of smooth made-up values; another for another seed.
pub fn image(model: &Model, seed: u32) -> Vec<f32> {
    let seed = seed as f32;
    (0..model.input().len())
        .map(|i| ((i as f32 * 0.037 + seed).sin() + (i as f32 * 0.0113 * (1.0 + 0.1 * seed)).cos()) * 1.2)
        .collect()
}

/// The maps of one image.
pub fn explain(model: &Model, options: ExplainerOptions, image: &[f32], targets: &[Target]) -> Vec<Heatmap> {
    let explainer = Explainer::new(model, &options).unwrap();
    explainer.worker().explain(image, targets).unwrap().maps
}

pub fn options(methods: &[Method]) -> ExplainerOptions {
    ExplainerOptions { methods: methods.to_vec(), ..ExplainerOptions::default() }
}

pub fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |max, v| max.max(v.abs()))
}

pub fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0f32, |max, (a, b)| max.max((a - b).abs()))
}

/// The largest difference relative to the largest value.
pub fn relative_difference(got: &[f32], expected: &[f32]) -> f32 {
    largest_difference(got, expected) / largest(expected).max(f32::MIN_POSITIVE)
}

/// The same, up to sign where the sign is free.
pub fn raw_error(method: Method, got: &[f32], expected: &[f32]) -> f32 {
    let error = relative_difference(got, expected);
    if !FREE_SIGN.contains(&method) {
        return error;
    }
    let negated: Vec<f32> = got.iter().map(|v| -v).collect();
    error.min(relative_difference(&negated, expected))
}
