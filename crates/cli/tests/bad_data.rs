//! Data that an audit cannot use, or not in full: what it says, and what is left.

#[allow(dead_code)] // other tests plant evidence
#[path = "planted/mod.rs"]
mod planted;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use planted::detector::{CUP, DISC, INPUT, LAYER, classifier};
use planted::eyes::{self, Plant};
use serde_json::Value;
use support::{fail, heatlens, text};
use tempfile::TempDir;

/// Six eyes with masks in a folder, a classifier of the cup, and what is written beside them.
struct Scene {
    folder: TempDir,
    names: Vec<String>,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let eyes = eyes::eyes(300, 6, Plant::Nothing);
        eyes::write(&eyes, folder.path());
        std::fs::write(folder.path().join("model.onnx"), classifier(&eyes, &[(CUP, 1.0)], DISC, INPUT)).unwrap();
        Scene { names: eyes.into_iter().map(|eye| eye.name).collect(), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A grey mask of one level.
    fn mask(&self, name: &str, side: usize, level: u8) {
        let picture = heatlens_imaging::Picture { width: side, height: side, rgb: vec![level; 3 * side * side] };
        std::fs::write(self.path(name), heatlens_imaging::encode_png(&picture).unwrap()).unwrap();
    }

    fn manifest(&self, name: &str, rows: &[String]) -> PathBuf {
        std::fs::write(self.path(name), rows.join("\n") + "\n").unwrap();
        self.path(name)
    }

    fn arguments(&self, data: &Path, out: &str, more: &[&str]) -> Vec<String> {
        let [model, data, out] = [self.path("model.onnx"), data.to_owned(), self.path(out)].map(text);
        let words =
            ["audit", &model, "--data", &data, "--out", &out, "--layer", LAYER, "--preprocess", "imagenet-exact"];
        words.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    /// What an audit says that is refused.
    fn refused(&self, data: &Path, more: &[&str]) -> String {
        let words = self.arguments(data, "refused", more);
        fail(2, &words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// What an audit notes that is not, and its report.
    fn audited(&self, data: &Path, out: &str, more: &[&str]) -> (String, Value) {
        let words = self.arguments(data, out, more);
        let output = heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let notes = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{notes}");
        (notes, serde_json::from_slice(&std::fs::read(self.path(out).join("report.json")).unwrap()).unwrap())
    }
}

const NAMED: [&str; 4] = ["--classes", "normal,glaucoma", "--experiments", "2"];

fn verdict(report: &Value, question: usize) -> &str {
    report["answers"][question - 1]["verdict"].as_str().unwrap()
}

/// No headline or note is broken by a figure that is not there.
fn reads_well(report: &Value) {
    let answers = report["answers"].as_array().unwrap().iter().map(|answer| &answer["headline"]);
    let notes = ["notes"].iter().flat_map(|list| report[list].as_array().unwrap());
    let of_performance = report["performance"]["notes"].as_array().into_iter().flatten();
    for sentence in answers.chain(notes).chain(of_performance).map(|sentence| sentence.as_str().unwrap()) {
        assert!(
            !["NaN", "estimate of", "Right in cannot", " 1 patients"].iter().any(|broken| sentence.contains(broken)),
            "{sentence}"
        );
    }
}

#[test]
fn tables_that_cannot_be_used_are_refused_in_words() {
    let scene = Scene::new();
    let image = format!("{}.png", scene.names[0]);
    let one = |name: &str, header: &str, row: String| scene.manifest(name, &[header.to_owned(), row]);
    let says = |error: String, all: &[&str]| assert!(all.iter().all(|said| error.contains(said)), "{error}");

    let columns = one("columns.csv", "imgae,label", format!("{image},normal"));
    says(scene.refused(&columns, &[]), &["no image column", "it has `imgae`, `label`", "is `imgae` meant? Rename it"]);
    let labels = one("labels.csv", "image,label", format!("{image},cataract"));
    says(
        scene.refused(&labels, &NAMED),
        &["`cataract` (1)", "classes are normal, glaucoma", "`--labels cataract=exclude`"],
    );
    let gone = one("gone.csv", "image,label", "x.png,normal".into());
    says(scene.refused(&gone, &[]), &["the one image that `", "x.png", "Paths are relative to"]);
    let empty = scene.manifest("empty.csv", &["image,label".into()]);
    says(scene.refused(&empty, &[]), &["empty.csv"]);
    says(scene.refused(&scene.path("nowhere.csv"), &[]), &["cannot read", "nowhere.csv"]);
}

#[test]
fn what_is_missing_or_unfit_is_left_out_and_told() {
    let scene = Scene::new();
    scene.mask("small.png", 100, 0);
    scene.mask("black.png", eyes::SIDE, 0);
    let masks = ["small.png".to_owned(), "black.png".to_owned(), "nowhere.png".to_owned()];
    let good = scene.names[3..].iter().map(|name| format!("{name}-mask.png"));
    let labels = ["normal", "glaucoma"].into_iter().cycle();
    let rows = scene
        .names
        .iter()
        .zip(labels)
        .zip(masks.into_iter().chain(good))
        .map(|((name, label), mask)| format!("{name}.png,{label},{mask}"));
    let rows: Vec<String> =
        std::iter::once("image,label,mask".into()).chain(rows).chain(["absent.png,normal,".into()]).collect();
    let (notes, report) = scene.audited(&scene.manifest("mixed.csv", &rows), "mixed", &NAMED);
    assert!(notes.contains("left out: 1 such as `absent.png`: the file is not there"), "{notes}");
    assert!(notes.contains("1 mask is not there, such as") && notes.contains("nowhere.png"), "{notes}");
    assert!(notes.contains("2 of 5 masks of the data cannot be used; 1 for this reason: the mask `"), "{notes}");
    assert_eq!(report["sample"]["images"], 6);
    assert!(
        report["excluded"]
            .as_array()
            .unwrap()
            .iter()
            .any(|e| e["reason"] == "the file is not there" && e["images"] == 1)
    );
    let told: Vec<&str> = report["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    let unfit = told.iter().find(|note| note.contains("masks cannot be used")).unwrap();
    assert!(
        unfit.starts_with("2 of the data set's own masks") && unfit.contains("100×100") && unfit.contains("192×192"),
        "{unfit}"
    );
    reads_well(&report);
    let given =
        report["sample"]["mask_sources"].as_array().unwrap().iter().find(|source| source[0] == "given").unwrap();
    assert_eq!(given[1], 3, "an empty mask is no mask");
}

#[test]
fn one_class_leaves_no_curve_and_no_labels_no_outcomes() {
    let scene = Scene::new();
    let one: Vec<String> = std::iter::once("image,label".into())
        .chain(scene.names.iter().map(|name| format!("{name}.png,glaucoma")))
        .collect();
    let one = scene.manifest("one.csv", &one);
    assert!(scene.refused(&one, &[]).contains("say --classes in the order of training"));
    let (notes, report) = scene.audited(&one, "one", &NAMED);
    assert!(notes.contains("all labels are `glaucoma`: the classes cannot be compared"), "{notes}");
    let performance = report["performance"]["notes"].to_string();
    assert!(
        performance.contains("of one class") && !report["figures"].to_string().contains("\"roc\""),
        "{performance}"
    );
    reads_well(&report);

    let none: Vec<String> =
        std::iter::once("image".into()).chain(scene.names.iter().map(|name| format!("{name}.png"))).collect();
    let (notes, report) = scene.audited(&scene.manifest("none.csv", &none), "none", &NAMED);
    assert!(notes.contains("no case has a label: nothing can be said about right and wrong"), "{notes}");
    assert!(report["performance"].is_null());
    for question in [4, 5, 6] {
        assert_eq!(verdict(&report, question), "cannot_be_said");
        assert!(report["answers"][question - 1]["headline"].as_str().unwrap().contains("no image has a label"));
    }
    assert_eq!(verdict(&report, 1), "described");
    reads_well(&report);
    let predictions = std::fs::read_to_string(scene.path("none/predictions.csv")).unwrap();
    assert_eq!(predictions.matches("predicted/").count(), 6, "{predictions}");
}

/// A shell limits the size of a file, which stops the writing as a full disk does: with little room
/// the maps still fit, the images' file does not.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_run_and_room_lets_it_go_on() {
    let scene = Scene::new();
    let data = scene.path("manifest.csv");
    scene.audited(&data, "whole", &NAMED);
    let size = |name: &str| std::fs::metadata(scene.path("whole").join(name)).unwrap().len();
    let (causes, images, html) =
        (size("causes/part-00000.parquet"), size("images/part-00000.parquet"), size("report.html"));
    assert!(causes + 1024 < images && images + 1024 < html, "{causes}, {images}, {html}");
    // In the middle of a part, and when all is measured but not yet reported.
    for (most, stopped_at) in [(images - 600, "images/part-00000.parquet"), (html - 600, "report.html")] {
        let words = scene.arguments(&data, "cut", &NAMED);
        let script = format!("ulimit -f {}; trap '' XFSZ; exec \"$@\"", most / 1024);
        let output = Command::new("bash")
            .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_heatlens")])
            .args(&words)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.contains(stopped_at)
                && error.contains("what is done is kept: make room, start the same command again"),
            "{error}"
        );
        assert!(!scene.path("cut").join(stopped_at).exists(), "what was cut short is not there");
    }
    scene.audited(&data, "cut", &NAMED);
    for name in [
        "maps/part-00000.parquet",
        "causes/part-00000.parquet",
        "images/part-00000.parquet",
        "report.json",
        "report.html",
    ] {
        assert!(
            std::fs::read(scene.path("whole").join(name)).unwrap()
                == std::fs::read(scene.path("cut").join(name)).unwrap(),
            "{name}"
        );
    }
}
