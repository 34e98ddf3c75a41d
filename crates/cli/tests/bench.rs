//! `heatlens bench` on a small network: every figure is there and adds up.

mod support;

use std::path::Path;

use serde_json::Value;
use support::*;

/// The classifier that the command ships.
fn model() -> String {
    text(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/demo-shufflenet_v2_x0_5.safetensors"))
}

fn report(more: &[&str]) -> Value {
    let model = model();
    let arguments = [&["bench", &model, "--json", "--seconds", "0.1"], more].concat();
    serde_json::from_str(&succeed(&arguments)).expect("one JSON object")
}

#[test]
fn times_rates_and_memory_are_reported() {
    for (more, images, threads, workers) in
        [(&["--threads", "2"][..], 1.0, 2, 1), (&["--threads", "2", "--batch", "3"], 3.0, 2, 2)]
    {
        let report = report(more);
        let number = |pointer: &str| {
            report.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer}: {report}"))
        };
        assert_eq!((report["threads"].as_i64(), report["workers"].as_i64()), (Some(threads), Some(workers)));
        assert_eq!((number("/batch"), report["methods"][0].as_str()), (images, Some("gradcam")));
        assert_eq!(report["input"].as_array().map(Vec::len), Some(3));
        for job in ["/forward", "/explain"] {
            let median = number(&format!("{job}/median_ms"));
            assert!(median > 0.0 && number(&format!("{job}/fastest_ms")) <= median);
            let rate = number(&format!("{job}/images_per_second"));
            assert!((rate * median / 1e3 - images).abs() < 1e-6 * images, "{rate} images a second at {median} ms");
            assert!(number(&format!("{job}/rounds")) >= 3.0);
        }
        let ratio = number("/explain/median_ms") / number("/forward/median_ms");
        assert!((number("/explain_per_forward") - ratio).abs() < 1e-6 * ratio);
        for positive in ["/load_ms", "/compile_ms", "/weights_bytes", "/workspace_bytes"] {
            assert!(number(positive) > 0.0, "{positive}");
        }
        if cfg!(target_os = "linux") {
            assert!(number("/peak_bytes") > number("/weights_bytes"));
        }
        assert!(report.get("profile").is_none(), "a profile costs time and is asked for");
    }
}

#[test]
fn a_profile_names_every_operator() {
    let report = report(&["--profile", "--threads", "1"]);
    let steps = report["profile"].as_array().expect("a profile");
    assert!(steps.iter().any(|s| s["operator"] == "Conv" && s["gradient"] == false), "{steps:?}");
    assert!(steps.iter().any(|s| s["gradient"] == true), "the gradient has steps of its own");
    assert!(steps.iter().all(|s| s["ms"].as_f64().is_some_and(|ms| ms >= 0.0) && s["node"].is_string()));
    let table = succeed(&["bench", &model(), "--profile", "--threads", "1", "--seconds", "0"]);
    for phrase in ["forward", "explain", "images a second", "MB", "operator", "slowest steps"] {
        assert!(table.contains(phrase), "`{phrase}` is not in:\n{table}");
    }
}

#[test]
fn the_gradient_of_the_whole_network_is_measured() {
    let report = report(&["--gradient", "--profile", "--threads", "1"]);
    let number = |pointer: &str| {
        report.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer}: {report}"))
    };
    let ratio = number("/gradient/median_ms") / number("/forward/median_ms") - 1.0;
    assert!((number("/gradient_per_forward") - ratio).abs() < 1e-6 * ratio.abs().max(1.0));
    let steps = report["profile"].as_array().expect("a profile");
    assert!(
        steps.iter().any(|s| s["operator"] == "ConvTranspose" && s["gradient"] == true),
        "the pass that reaches the image is profiled"
    );
}

#[test]
fn a_time_that_is_none_is_refused() {
    let stderr = fail(2, &["bench", &model(), "--seconds", "soon"]);
    assert!(stderr.contains("0 to 3600"), "{stderr}");
}
