//! Each operator in several forms, against ONNX Runtime.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use heatlens_formats::{LoadOptions, load};
use safetensors::SafeTensors;

use super::{compare, golden, report, run, tensor};

/// The files of `operators.zip` by name.
pub fn files() -> HashMap<String, Vec<u8>> {
    unzip(&std::fs::read(golden("operators.zip")).expect("the goldens are committed"))
}

/// The files of a zip archive by name.
pub fn unzip(bytes: &[u8]) -> HashMap<String, Vec<u8>> {
    let entries = heatlens_formats::archive::entries(bytes).expect("a zip file");
    entries.iter().map(|entry| (entry.name.clone(), entry.read().expect("readable").into_owned())).collect()
}

fn check(case: &str, files: &HashMap<String, Vec<u8>>, expected: &SafeTensors<'_>) -> Result<(), String> {
    let x = tensor(expected, &format!("{case}/x")).expect("every case has an input");
    // Height and width matter only where the file leaves them open, which has its channels last.
    let input_size = (case == "bytes-channels-last").then(|| [x.0[1], x.0[2]]);
    let sibling = |name: &str| files.get(name).cloned().ok_or(std::io::ErrorKind::NotFound.into());
    let options = LoadOptions { input_size, sibling: Some(&sibling), ..LoadOptions::default() };
    let model = load(&files[&format!("{case}.onnx")], &options).map_err(|e| e.to_string())?;
    let outputs = run(&model.graph, &[&x.1])?;
    // Half precision keeps 3 digits; everything else is compared at a few units in the last place
    // of sums.
    let tolerance = if case == "half" { 1e-3 } else { 1e-5 };
    for (i, output) in outputs.iter().enumerate() {
        let want = tensor(expected, &format!("{case}/{i}")).ok_or("it has too many outputs")?;
        compare(&format!("output {i}"), output, &want, tolerance)?;
    }
    Ok(())
}

#[test]
fn every_operator_computes_what_onnx_runtime_does() {
    let files = files();
    let bytes = std::fs::read(golden("operators.safetensors")).expect("the goldens are committed");
    let expected = SafeTensors::deserialize(&bytes).expect("safetensors");
    let mut cases: Vec<&str> = files.keys().filter_map(|name| name.strip_suffix(".onnx")).collect();
    cases.sort_unstable();
    assert!(cases.len() > 200, "{} cases", cases.len());
    let mut failures = Vec::new();
    for case in cases {
        let result = catch_unwind(AssertUnwindSafe(|| check(case, &files, &expected)))
            .unwrap_or_else(|_| Err("it panicked".into()));
        failures.extend(result.err().map(|why| format!("{case}: {why}")));
    }
    report(failures);
}
