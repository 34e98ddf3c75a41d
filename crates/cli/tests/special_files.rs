//! What is no file of its kind is refused at once, by name: pipes would be waited for, devices never
//! end.
#![cfg(unix)]

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use heatlens_imaging::{Picture, encode_png};
use support::*;
use tempfile::TempDir;

/// A pipe without a writer, an endless device behind a link, a folder, and a photograph.
fn scene() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    symlink("/dev/zero", at("endless")).unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    std::fs::write(at("eye.png"), encode_png(&Picture::filled(40, 40, [90; 3])).unwrap()).unwrap();
    folder
}

#[test]
fn models_tables_and_descriptions_are_files() {
    let scene = scene();
    let at = |name: &str| text(scene.path().join(name));
    let (model, eye, out) = (demo_model(), at("eye.png"), at("out"));
    for (name, why) in [("pipe", "pipe"), ("endless", "device"), ("folder", "folder")] {
        let special = at(name);
        for arguments in [
            vec!["explain", &special, &eye],
            vec!["explain", &model, &eye, "--labels", &special],
            vec!["explain", &model, &eye, "--preprocess", &format!("timm:{special}")],
            vec!["layers", &special],
        ] {
            let said =
                fail(2, &[&arguments[..], &["--out", &out][..2 * usize::from(arguments[0] == "explain")]].concat());
            assert!(said.contains(why) && said.contains(name), "{arguments:?}: {said}");
        }
    }
    let said = fail(2, &["preprocess", "check", "--image", &eye, "--reference", &at("pipe")]);
    assert!(said.contains("pipe, a socket or a device"), "{said}");
}

#[test]
fn a_photograph_that_is_none_costs_its_own_row() {
    let scene = scene();
    let photographs = scene.path().join("photographs");
    std::fs::create_dir(&photographs).unwrap();
    std::fs::copy(scene.path().join("eye.png"), photographs.join("a.png")).unwrap();
    std::fs::rename(scene.path().join("pipe"), photographs.join("b.png")).unwrap();
    symlink("/dev/zero", photographs.join("c.png")).unwrap();
    symlink("/proc/self/status", photographs.join("d.png")).unwrap();
    let out = text(scene.path().join("out"));
    fail(1, &["explain", &demo_model(), &text(&photographs), "--out", &out]);
    let rows = csv_rows(&Path::new(&out).join("predictions.csv"));
    let errors: Vec<&str> = rows.iter().map(|row| row["error"].as_str()).collect();
    assert!(errors[0].is_empty() && errors[1..].iter().all(|error| error.contains("cannot be read")), "{errors:?}");
}

#[test]
fn weights_behind_a_link_that_leads_away_are_refused_and_not_called_missing() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("model");
    std::fs::create_dir(&folder).unwrap();
    let zip = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/onnx/operators.zip");
    let zip = std::fs::read(zip).unwrap();
    let entries = heatlens_formats::archive::entries(&zip).unwrap();
    let unpack = |name: &str, to: &Path| {
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        std::fs::write(to, entry.read().unwrap()).unwrap();
    };
    let (model, weights) = (folder.join("external.onnx"), folder.join("external.bin"));
    unpack("external.onnx", &model);
    unpack("external.bin", &root.path().join("away.bin"));
    let said = || fail(2, &["layers", &text(&model)]);
    assert!(said().contains("`external.bin`, which must lie beside it"), "{}", said());
    symlink("../away.bin", &weights).unwrap();
    let refused = said();
    assert!(refused.contains("`external.bin`, which cannot be read: it lies outside the model's folder"), "{refused}");
    assert!(refused.contains("put the file itself beside the model"), "{refused}");
    std::fs::remove_file(&weights).unwrap();
    unpack("external.bin", &weights);
    assert!(!said().contains("external.bin"), "it is no classifier, but its weights are read: {}", said());
}
