//! Metrics of maps against scikit-image, scipy, scikit-learn and Quantus;
//! `tests/golden/metrics/make.py` made the values.

use heatlens::metrics::{complexity, localisation, similarity};
use serde_json::Value;

/// Both sides compute in double precision from values that f32 holds exactly.
const TOLERANCE: f64 = 1e-6;

/// Quantus adds 1e-7 to each magnitude.
const TOLERANCE_OF_MAGNITUDES: f64 = 1e-5;

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/metrics/maps.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn map(golden: &Value, name: &Value) -> Vec<f32> {
    golden["maps"][name.as_str().unwrap()]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap() as f32 / 1024.0)
        .collect()
}

fn mask(golden: &Value, name: &Value) -> Vec<bool> {
    golden["masks"][name.as_str().unwrap()].as_str().unwrap().bytes().map(|b| b == b'1').collect()
}

#[track_caller]
fn near(got: f64, case: &Value, key: &str) {
    near_within(got, case, key, TOLERANCE);
}

#[track_caller]
fn near_within(got: f64, case: &Value, key: &str, tolerance: f64) {
    let want = case[key].as_f64().unwrap();
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{key}: {got} instead of {want} ({case})");
}

#[test]
fn complexity_agrees_with_quantus() {
    let golden = golden();
    for (name, case) in golden["complexity"].as_object().unwrap() {
        let values = map(&golden, &name.as_str().into());
        near_within(complexity::sparseness(&values).unwrap(), case, "sparseness", TOLERANCE_OF_MAGNITUDES);
        near_within(complexity::entropy(&values).unwrap(), case, "entropy", TOLERANCE_OF_MAGNITUDES);
    }
}

#[test]
fn localisation_agrees_with_quantus_scikit_learn_and_scikit_image() {
    let golden = golden();
    let width = golden["size"][1].as_u64().unwrap() as usize;
    for case in golden["localisation"].as_array().unwrap() {
        let (values, inside) = (map(&golden, &case["map"]), mask(&golden, &case["mask"]));
        near(localisation::energy_share(&values, &inside).unwrap(), case, "energy_share");
        near(localisation::average_precision(&values, &inside).unwrap(), case, "average_precision");
        near(localisation::pointing_game(&values, &inside, width, 0.0).unwrap(), case, "pointing_game");
        let half_bin = case["otsu_bin"].as_f64().unwrap() / 2.0;
        near(localisation::otsu_threshold(&values).unwrap() - half_bin, case, "otsu_threshold");
        // Where values tie at the cut-off, the references order them by position.
        if case["map"] == "distinct" || case["map"] == "shuffled" {
            near(localisation::rank_accuracy(&values, &inside).unwrap(), case, "rank_accuracy");
            near(localisation::iou_top(&values, &inside, 0.2).unwrap(), case, "iou_top");
        }
    }
}

#[test]
fn similarity_agrees_with_scikit_image_and_scipy() {
    let golden = golden();
    let width = golden["size"][1].as_u64().unwrap() as usize;
    for case in golden["similarity"].as_array().unwrap() {
        let (a, b) = (map(&golden, &case["a"]), map(&golden, &case["b"]));
        near(similarity::ssim(&a, &b, width, 1.0).unwrap(), case, "ssim");
        near(similarity::rank_correlation(&a, &b).unwrap(), case, "spearman");
    }
}
