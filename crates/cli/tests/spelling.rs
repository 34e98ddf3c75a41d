//! Names of methods, layers and other choices, as people write them.

mod support;

use std::path::Path;

use heatlens_imaging::{Picture, encode_png};
use support::{demo_model, fail, heatlens, text};

/// What run.json of an explanation says of one picture.
fn explained(folder: &Path, more: &[&str]) -> serde_json::Value {
    let picture = Picture { width: 64, height: 64, rgb: (0..64 * 64 * 3).map(|i| (i % 251) as u8).collect() };
    let (image, out) = (folder.join("one.png"), folder.join("out"));
    std::fs::write(&image, encode_png(&picture).unwrap()).unwrap();
    let (model, image, out_text) = (demo_model(), text(image), text(&out));
    let words = ["explain", &model, &image, "--out", &out_text, "--save", "none", "--overwrite"];
    let output = heatlens(&[&words[..], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap()
}

#[test]
fn methods_and_layers_are_known_in_any_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| explained(folder.path(), more);
    for name in ["gradcam++", "GradCAM++", "Grad-CAM++", "gradcam_plus_plus", "GradCAMPlusPlus"] {
        assert_eq!(run(&["--method", name])["methods"], serde_json::json!(["gradcam++"]), "{name}");
    }
    let several = run(&["--methods", "Grad-CAM,LAYERCAM,Guided Grad-CAM", "--colormap", "Viridis"]);
    assert_eq!(several["methods"], serde_json::json!(["gradcam", "layercam", "guided-gradcam"]));
    for option in ["--layer", "--layers", "--target-layer", "--target-layers"] {
        let layers = run(&[option, "model.Stage3[-1],CONV5"])["layers"].clone();
        let names: Vec<&str> = layers.as_array().unwrap().iter().map(|layer| layer["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["stage3.7", "conv5"], "{option}");
    }
}

#[test]
fn unknown_names_come_with_the_nearest() {
    let model = demo_model();
    let refused = |more: &[&str]| fail(2, &[&["explain", &model, "nowhere.png"][..], more].concat());
    let said = refused(&["--method", "GradCamm"]);
    assert!(said.contains("a similar value exists: 'gradcam'"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("one.png");
    let picture = Picture { width: 32, height: 32, rgb: vec![90; 32 * 32 * 3] };
    std::fs::write(&image, encode_png(&picture).unwrap()).unwrap();
    let out = text(folder.path().join("out"));
    let said = fail(2, &["explain", &model, &text(image), "--out", &out, "--target-layer", "Stag3"]);
    assert!(said.contains("no layer `Stag3` in this network; the nearest are stage3"), "{said}");
}
