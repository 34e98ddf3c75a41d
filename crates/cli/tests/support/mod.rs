//! What the tests of the command share.
#![allow(dead_code)] // each test file uses its own part

pub mod audits;

use std::collections::HashMap;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use heatlens_imaging::{Array, read_npy};

/// The classifier that the command ships.
pub fn demo_model() -> String {
    text(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/demo-shufflenet_v2_x0_5.safetensors"))
}

/// Runs the command.
pub fn heatlens(arguments: &[&str]) -> Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_heatlens")).args(arguments).output().expect("the command starts")
}

/// Runs the command, which must succeed, and returns its stdout.
pub fn succeed(arguments: &[&str]) -> String {
    let output = heatlens(arguments);
    assert!(output.status.success(), "{arguments:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs the command, which must fail with this code, and returns its stderr.
pub fn fail(code: i32, arguments: &[&str]) -> String {
    let output = heatlens(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}:\n{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    stderr
}

/// A path as an argument.
pub fn text(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}

/// The arrays of an `.npz` archive; those of text are left out.
pub fn read_npz(path: &Path) -> HashMap<String, Array> {
    let file = std::fs::read(path).unwrap();
    let entries = heatlens_formats::archive::entries(&file).unwrap();
    entries
        .iter()
        .filter_map(|entry| {
            Some((entry.name.trim_end_matches(".npy").to_owned(), read_npy(&entry.read().unwrap()).ok()?))
        })
        .collect()
}

/// An array from a file.
pub fn npy(path: impl AsRef<Path>) -> Array {
    let path = path.as_ref();
    read_npy(&std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// The rows of a CSV file, by column.
pub fn csv_rows(path: &Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        headers.iter().zip(record.iter()).map(|(h, v)| (h.to_owned(), v.to_owned())).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The largest difference, relative to the largest expected value.
pub fn relative_error(got: &[f32], expected: &[f32]) -> f32 {
    largest_difference(got, expected) / expected.iter().fold(0.0f32, |max, v| max.max(v.abs()))
}

/// The largest difference.
pub fn largest_difference(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len());
    got.iter().zip(expected).fold(0.0f32, |max, (g, e)| max.max((g - e).abs()))
}

/// Waits for something that another process does.
pub fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never came to that");
        std::thread::sleep(Duration::from_millis(5));
    }
}
