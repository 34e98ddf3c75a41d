//! `heatlens check` with the classifier that the command ships, on rendered eyes such as it was
//! trained on.

mod support;

use std::path::Path;

use heatlens_imaging::{Picture, Preprocess, encode_png, write_npy};
use serde_json::Value;
use support::*;

/// Twelve rendered eyes.
fn eyes() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (i, eye) in heatlens_fundus::demo_set().take(12).enumerate() {
        let size = eye.photograph.size;
        let picture = Picture { width: size, height: size, rgb: eye.photograph.rgb };
        std::fs::write(folder.path().join(format!("{i}.png")), encode_png(&picture).unwrap()).unwrap();
    }
    folder
}

fn check(code: i32, arguments: &[&str]) -> Value {
    let output = heatlens(&[&["check"], arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The best setting of an aspect.
fn best<'a>(found: &'a Value, aspect: &str) -> &'a str {
    let settings = found["settings"].as_array().unwrap();
    settings.iter().find(|setting| setting["aspect"] == aspect).unwrap()["setting"].as_str().unwrap()
}

#[test]
fn the_preprocessing_of_training_fits_and_others_are_named() {
    let eyes = eyes();
    let (model, photographs, saved) = (demo_model(), text(eyes.path()), text(eyes.path().join("best.toml")));
    let right = check(0, &[&model, &photographs]);
    assert_eq!((&right["verdict"], right["images"].as_u64()), (&Value::from("fits"), Some(12)));
    assert_eq!(right["batch_norms"].as_array().unwrap().len(), 56);
    assert_eq!(best(&right, "values and order of channels"), "RGB, ImageNet's mean and deviation");

    let wrong = check(4, &[&model, &photographs, "--preprocess", "rgb-255", "--save", &saved]);
    let sentence = wrong["sentence"].as_str().unwrap();
    assert!(sentence.contains("instead of RGB from 0 to 1"), "{sentence}");
    assert!(sentence.ends_with("say --preprocess imagenet-exact"), "{sentence}");
    assert_eq!(Preprocess::from_toml(&std::fs::read_to_string(&saved).unwrap()).unwrap(), Preprocess::imagenet_exact());
    check(0, &[&model, &photographs, "--preprocess", &saved]);
}

#[test]
fn steps_and_channels_are_found_together() {
    let eyes = eyes();
    let given = text(eyes.path().join("given.toml"));
    let turned = Preprocess::imagenet_exact().to_toml().replace("\"rgb\"", "\"bgr\"");
    std::fs::write(&given, format!("{turned}\n[[steps]]\nstep = \"ben_graham\"\nsigma = {{ pixels = 10 }}\n")).unwrap();
    let found = check(4, &[&demo_model(), &text(eyes.path()), "--preprocess", &given]);
    let sentence = found["sentence"].as_str().unwrap();
    assert!(sentence.contains("RGB, ImageNet's mean and deviation instead of BGR"), "{sentence}");
    assert!(sentence.contains("levels as they are instead of Ben Graham, sigma 10"), "{sentence}");
    assert!(sentence.ends_with("say --preprocess imagenet-exact"), "{sentence}");
}

#[test]
fn crops_to_the_disc_are_asked_about_like_any_framing() {
    let eyes = eyes();
    let given = text(eyes.path().join("given.toml"));
    let whole = Preprocess::imagenet_exact().to_toml();
    std::fs::write(&given, whole.replacen("[[steps]]", "[[steps]]\nstep = \"disc_crop\"\nacross = 2\n\n[[steps]]", 1))
        .unwrap();
    let found = check(4, &[&demo_model(), &text(eyes.path()), "--preprocess", &given]);
    let sentence = found["sentence"].as_str().unwrap();
    assert!(sentence.contains("instead of cropped to 2 disc diameters around the disc"), "{sentence}");
    let out = text(eyes.path().join("out"));
    let explained = heatlens(&[
        "explain",
        &demo_model(),
        &text(eyes.path()),
        "--preprocess",
        &given,
        "--save",
        "none",
        "--out",
        &out,
    ]);
    assert!(String::from_utf8_lossy(&explained.stderr).contains("which training may have found otherwise"));
    assert!(sentence.ends_with("say --preprocess imagenet-exact"), "{sentence}");
}

#[test]
fn what_cannot_be_told_is_said() {
    let eyes = eyes();
    let one = text(eyes.path().join("0.png"));
    let few = check(5, &[&demo_model(), &one]);
    assert!(few["sentence"].as_str().unwrap().contains("from 1 photograph: 6 are needed at least"), "{few}");
    let folded = text(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/variants/torchscript.onnx"));
    let none = check(5, &[&folded, &text(eyes.path())]);
    assert!(none["sentence"].as_str().unwrap().contains("ask the checkpoint that the file was made from"), "{none}");
    let tensor = text(eyes.path().join("a.npy"));
    std::fs::write(&tensor, write_npy(&[1, 3, 224, 224], &vec![0.0; 3 * 224 * 224])).unwrap();
    check(5, &[&demo_model(), &tensor]);
}

#[test]
fn explain_warns_of_another_preprocessing_and_keeps_what_was_said() {
    let eyes = eyes();
    let (model, photographs, out) = (demo_model(), text(eyes.path()), text(eyes.path().join("out")));
    let explain = |options: &[&str]| {
        let fixed = ["explain", &model, &photographs, "--save", "none", "--overwrite", "--out", &out];
        let output = heatlens(&[&fixed[..], options].concat());
        assert!(output.status.success());
        let record: Value = serde_json::from_slice(&std::fs::read(Path::new(&out).join("run.json")).unwrap()).unwrap();
        (String::from_utf8(output.stderr).unwrap(), record["check"]["verdict"].as_str().unwrap().to_owned())
    };
    let (said, verdict) = explain(&[]);
    assert!(!said.contains("warning") && verdict == "fits", "{said}");
    let (said, verdict) = explain(&["--preprocess", "rgb-255"]);
    assert!(said.contains("warning: the preprocessing is not that of training"), "{said}");
    assert_eq!(verdict, "another fits better");
}
