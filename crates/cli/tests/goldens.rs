//! The command against PyTorch and pytorch-grad-cam, on trained checkpoints and real photographs.

#[path = "../../../tests/support/shared.rs"]
mod shared;
mod support;

use std::path::Path;

use shared::shared;
use support::*;

/// (checkpoint, layer to ask for, its name). Where no layer is asked for, the default must be the
/// reference's.
const CASES: [(&str, Option<&str>, &str); 5] = [
    ("resnet18", None, "layer4.1"),
    ("densenet121", None, "features.norm5"),
    ("efficientnet_b0", None, "features.8"),
    ("vgg11_bn", Some("features.25"), "features.25"),
    ("mobilenet_v3_small-marker", None, "features.12"),
];

const PHOTOGRAPHS: [(&str, &str); 2] = [("247_left", "glaucoma"), ("2661_right", "normal")];

#[test]
#[ignore = "needs the material beside the checkout"]
fn tensors_give_the_logits_and_maps_of_the_reference() {
    for (model, layer, layer_name) in CASES {
        for (photograph, _) in PHOTOGRAPHS {
            let golden = read_npz(&shared(&format!("golden/{model}__{photograph}.npz")));
            let scratch = tempfile::tempdir().unwrap();
            let (input, out) = (scratch.path().join("input.npy"), scratch.path().join("out"));
            std::fs::write(&input, heatlens_imaging::write_npy(&golden["input"].shape, &golden["input"].values))
                .unwrap();
            let (checkpoint, input, out_text) = (text(shared(&format!("models/{model}.pth"))), text(input), text(&out));
            let mut arguments = vec![
                "explain",
                &checkpoint,
                &input,
                "--classes",
                "normal,glaucoma",
                "--class",
                "all",
                "--save",
                "map",
                "--out",
                &out_text,
            ];
            arguments.extend(layer.iter().flat_map(|layer| ["--layer", layer]));
            succeed(&arguments);
            compare(&out, &golden, layer_name, &format!("{model} on {photograph}"));
        }
    }
}

fn compare(out: &Path, golden: &std::collections::HashMap<String, heatlens_imaging::Array>, layer: &str, case: &str) {
    let run: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["layers"][0]["name"], layer, "{case}");
    let row = &csv_rows(&out.join("predictions.csv"))[0];
    let logits = ["logit:normal", "logit:glaucoma"].map(|column| row[column].parse::<f32>().unwrap());
    let of_logits = relative_error(&logits, &golden["logits"].values);
    let (mut of_raw, mut of_map) = (0.0f32, 0.0f32);
    for (class, name) in ["normal", "glaucoma"].into_iter().enumerate() {
        let raw = npy(out.join(format!("maps/input.{name}.raw.npy")));
        of_raw = of_raw.max(relative_error(&raw.values, &golden[&format!("gradcam/{class}/raw")].values));
        let map = npy(out.join(format!("maps/input.{name}.npy")));
        of_map = of_map.max(largest_difference(&map.values, &golden[&format!("gradcam/{class}/map")].values));
    }
    println!("{case}: logits {of_logits:.1e}, raw map {of_raw:.1e}, finished map {of_map:.1e}");
    assert!(of_logits <= 1e-4, "{case}: logits differ by {of_logits}");
    assert!(of_raw <= 1e-3, "{case}: raw maps differ by {of_raw}");
    // The reference keeps finished maps as f16, which is good to 5e-4.
    assert!(of_map <= 2e-3, "{case}: finished maps differ by {of_map}");
}

#[test]
#[ignore = "needs the material beside the checkout"]
fn photographs_give_the_probabilities_of_the_reference() {
    let folder = shared("data/fundus-two-class/images");
    let photographs: Vec<String> =
        PHOTOGRAPHS.iter().map(|(name, class)| text(folder.join(format!("{class}/{name}.jpg")))).collect();
    for (model, _, _) in CASES {
        let scratch = tempfile::tempdir().unwrap();
        let (checkpoint, out) = (text(shared(&format!("models/{model}.pth"))), text(scratch.path().join("out")));
        let mut arguments =
            vec!["explain", &checkpoint, "--preprocess", "imagenet-exact", "--save", "map", "--out", &out];
        arguments.extend(photographs.iter().map(String::as_str));
        succeed(&arguments);
        for (row, (photograph, _)) in csv_rows(&Path::new(&out).join("predictions.csv")).iter().zip(PHOTOGRAPHS) {
            let logits = &read_npz(&shared(&format!("golden/{model}__{photograph}.npz")))["logits"].values;
            let expected = 1.0 / (1.0 + (logits[0] - logits[1]).exp());
            let got: f32 = row["probability:class 1"].parse().unwrap();
            println!("{model} on {photograph}.jpg: {got:.4}, reference {expected:.4}");
            assert!((got - expected).abs() <= 0.01, "{model} on {photograph}: {got} instead of {expected}");
        }
    }
}
