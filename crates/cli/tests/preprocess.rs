//! `heatlens preprocess`: whether a preprocessing is that of training, and which would be.

mod support;

use heatlens_imaging::{Picture, Preprocess, encode_png, write_npy};
use support::*;

/// An image file and the tensor that `pipeline` makes of it, in a scratch folder.
fn scene(pipeline: &Preprocess) -> (tempfile::TempDir, String, String) {
    let scratch = tempfile::tempdir().unwrap();
    let (width, height) = (300, 260);
    let level = |x: usize, y: usize, c: usize| ((x * (7 + c) + y * 11) % 256 / 2 + (x * y / 97) % 128) as u8;
    let rgb = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..3).map(move |c| level(x, y, c)))).collect();
    let picture = Picture { width, height, rgb };
    let prepared = pipeline.prepare(&picture, [224, 224]).unwrap();
    let (image, reference) = (scratch.path().join("a.png"), scratch.path().join("a.npy"));
    std::fs::write(&image, encode_png(&picture).unwrap()).unwrap();
    std::fs::write(&reference, write_npy(&prepared.shape, &prepared.tensor)).unwrap();
    (scratch, text(image), text(reference))
}

#[test]
fn an_equal_preprocessing_is_called_equal() {
    let (_scratch, image, reference) = scene(&Preprocess::imagenet());
    let said =
        succeed(&["preprocess", "check", "--image", &image, "--reference", &reference, "--preprocess", "imagenet"]);
    assert!(said.starts_with("equal: `imagenet` differs by up to 0.00 grey levels"), "{said}");
}

#[test]
fn the_preset_that_fits_is_named() {
    for (name, pipeline) in [
        ("imagenet", Preprocess::imagenet()),
        ("rgb-255", Preprocess::rgb_255()),
        ("keras-tf", Preprocess::keras_tf()),
        ("keras-caffe", Preprocess::keras_caffe()),
    ] {
        let (_scratch, image, reference) = scene(&pipeline);
        let words = ["preprocess", "check", "--image", &image, "--reference", &reference];
        let output = heatlens(&words);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.starts_with("not equal: `imagenet-exact` differs by up to "), "{said}");
        assert!(said.contains(&format!("that is the preset `{name}`: say --preprocess {name}\n")), "{said}");
        let json = String::from_utf8(heatlens(&[&words[..], &["--json"]].concat()).stdout).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["best"]["preset"], name);
    }
    // What no preset makes has none.
    let own = Preprocess { mean: vec![0.3, 0.2, 0.1], ..Preprocess::imagenet() };
    let (_scratch, image, reference) = scene(&own);
    let output = heatlens(&["preprocess", "check", "--image", &image, "--reference", &reference]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("best fit") && !said.contains("preset"), "{said}");
}

#[test]
fn another_preprocessing_is_found_and_can_be_saved() {
    let (scratch, image, reference) = scene(&Preprocess::keras_caffe());
    let found = text(scratch.path().join("found.toml"));
    let output = heatlens(&["preprocess", "check", "--image", &image, "--reference", &reference, "--save", &found]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("not equal"));
    let said = succeed(&["preprocess", "check", "--image", &image, "--reference", &reference, "--preprocess", &found]);
    assert!(said.starts_with("equal"), "{said}");
}

#[test]
fn a_preset_is_shown_as_a_file_that_can_be_read_back() {
    let shown = succeed(&["preprocess", "show", "keras-tf"]);
    assert_eq!(Preprocess::from_toml(&shown).unwrap(), Preprocess::keras_tf());
}
