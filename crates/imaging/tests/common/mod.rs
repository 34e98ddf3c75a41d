//! Reference outputs and the pictures they were made from.
#![allow(dead_code, unreachable_pub, reason = "every test file uses a part")]

use std::path::PathBuf;

use heatlens_imaging::{Array, Photograph, read_npy};

pub fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/imaging").join(name)
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(golden(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub fn array(name: &str) -> Array {
    read_npy(&read(name)).unwrap()
}

pub fn json(name: &str) -> Vec<serde_json::Value> {
    serde_json::from_slice(&read(name)).unwrap()
}

/// The same as in `make_goldens.py`.
pub fn picture(height: usize, width: usize) -> Photograph {
    let mut rgb = Vec::with_capacity(height * width * 3);
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                let waves = (x * x * 3 + y * y * 5 + x * y * (c + 2)) / 16 % 256;
                let grain = (x * 7 + y * 13 + c * 29) % 31;
                rgb.push((waves + grain).min(255) as u8);
            }
        }
    }
    Photograph { width, height, rgb }
}

pub fn max_difference(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// An array out of an `.npz`, which is a zip archive.
pub fn stored_npy(npz: &[u8], name: &str) -> Array {
    let entries = heatlens_formats::archive::entries(npz).unwrap();
    read_npy(&entries.iter().find(|entry| entry.name == name).unwrap().read().unwrap()).unwrap()
}
