//! The small network and what else the tests share.

use std::path::{Path, PathBuf};

use heatlens::{Model, ModelOptions};
use serde_json::Value;

pub fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

pub fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(goldens().join("metrics").join(name)).unwrap()).unwrap()
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// A narrow ResNet for 64×64 pixels.
pub fn model() -> Model {
    let options = ModelOptions { input_size: Some([64, 64]), ..ModelOptions::default() };
    Model::open(&goldens().join("variants/state.pth"), &options).unwrap()
}

/// The image that its logits are known of.
pub fn image() -> Vec<f32> {
    heatlens_imaging::read_npy(&std::fs::read(goldens().join("variants/input.npy")).unwrap()).unwrap().values
}

/// An image with structure: waves of several widths.
pub fn waves(seed: usize) -> Vec<f32> {
    (0..3 * 64 * 64)
        .map(|i| {
            let (c, y, x) = (i / 4096, i / 64 % 64, i % 64);
            ((x * (seed + 2) + y * c) as f32 / 17.0).sin() + ((y * (seed + 1)) as f32 / 9.0).cos()
        })
        .collect()
}
