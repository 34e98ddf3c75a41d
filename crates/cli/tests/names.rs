//! Names of images, classes and layers that would collide, climb, be obeyed or computed.
#![cfg(unix)] // other systems do not take the names

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use heatlens_imaging::{Picture, encode_png};
use support::audits::contents;
use support::{csv_rows, demo_model, text};

/// Runs the command in a folder.
fn run_in(folder: &Path, words: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_heatlens")).current_dir(folder).args(words).output().unwrap();
    for stream in [&output.stdout, &output.stderr] {
        let said = String::from_utf8_lossy(stream);
        let obeyed = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!said.contains(obeyed) && !said.contains("panicked"), "{said:?}");
    }
    output
}

/// A folder with a folder `in` of one picture under each name, and the model.
fn scene(names: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().join("a/b/c");
    for (i, name) in names.iter().enumerate() {
        let path = root.join("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let grey = 40 + 20 * i as u8;
        fs::write(path, encode_png(&Picture::filled(48, 48, [grey, 90, 255 - grey])).unwrap()).unwrap();
    }
    (scratch, root)
}

fn below(folder: &Path) -> BTreeSet<PathBuf> {
    contents(folder).into_keys().collect()
}

#[test]
fn no_file_collides_with_another_or_lies_elsewhere() {
    let long = "é".repeat(120) + ".png";
    let names = [
        "A.png",
        "a.png",
        "a.jpg",
        "x/a.png",
        "a-1.png",
        "CON.png",
        "\u{1b}[31mred\u{202e}.png",
        "a\nerror: b.png",
        "v1.2.png",
        &long,
    ];
    let (scratch, root) = scene(&names);
    let before = below(scratch.path());
    for classes in ["../../../up,..", "a/b,a?b", "CON,con", "\u{1b}[2J,\u{1b}[2K"] {
        let model = demo_model();
        let output = run_in(
            &root,
            &[
                "explain",
                &model,
                "in",
                "--out",
                "out",
                "--classes",
                classes,
                "--class",
                "all",
                "--save",
                "panel,overlay,heatmap,map",
                "--overwrite",
            ],
        );
        assert!(output.status.success(), "{classes}: {}", String::from_utf8_lossy(&output.stderr));
        let made: BTreeSet<PathBuf> = below(scratch.path()).difference(&before).cloned().collect();
        assert!(made.iter().all(|path| path.starts_with("a/b/c/out")), "{classes}: {made:?}");
        let apart: BTreeSet<String> = made.iter().map(|path| text(path).to_lowercase()).collect();
        assert_eq!(apart.len(), names.len() * (1 + 2 + 2 + 4) + 2, "{classes}: {apart:#?}");
        let told = |path: &str| path.contains(|c: char| c.is_control()) || path.split('/').any(|part| part == "con");
        assert!(!apart.iter().any(|path| told(path)), "{classes}: {apart:#?}");
        // What is listed is what is there.
        let run: serde_json::Value = serde_json::from_slice(&fs::read(root.join("out/run.json")).unwrap()).unwrap();
        assert_eq!(run["files"].as_array().unwrap().len() + 2, made.len());
    }
    let output = run_in(&root, &["explain", &demo_model(), "in", "--out", "json", "--json", "--save", "none"]);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(names.iter().any(|name| row["image"] == format!("in/{name}")), "{row}");
    }
}

#[test]
fn tables_hold_no_formulas_and_are_read_back_as_they_were() {
    let names = ["=1+1.png", "@x.png", "-2.png", "'quoted.png", "plain.png"];
    let (_scratch, root) = scene(&names);
    let inside = root.join("in");
    let model = demo_model();
    let table = "image,label\n=1+1.png,=a\n@x.png,+b\n-2.png,=a\n'quoted.png,+b\nplain.png,+b\n";
    fs::write(inside.join("labels.csv"), table).unwrap();
    let explain = |labels: &str, out: &str| {
        let words =
            ["explain", &model, "*.png", "--out", out, "--classes", "=a,+b", "--labels", labels, "--save", "none"];
        let output = run_in(&inside, &words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        csv_rows(&inside.join(out).join("predictions.csv"))
    };
    let rows = explain("labels.csv", "out");
    let images: BTreeSet<&str> = rows.iter().map(|row| row["image"].as_str()).collect();
    assert_eq!(images, BTreeSet::from(["'=1+1.png", "'@x.png", "'-2.png", "'quoted.png", "plain.png"]));
    for row in &rows {
        let label = if ["'=1+1.png", "'-2.png"].contains(&row["image"].as_str()) { "'=a" } else { "'+b" };
        assert_eq!(row["label"], label);
        assert!(["'=a", "'+b"].contains(&row["predicted"].as_str()));
        assert!(row["logit:=a"].parse::<f32>().is_ok(), "numbers stay numbers: {row:?}");
    }
    assert_eq!(explain("out/predictions.csv", "again"), rows);
}

#[test]
fn an_image_that_cannot_be_written_costs_one_row() {
    let (_scratch, root) = scene(&["one.png", "two.png"]);
    let explain = |more: &[&str]| {
        let model = demo_model();
        let words = ["explain", &model, "in", "--out", "out", "--classes", "a,b", "--class", "all", "--save", "map"];
        run_in(&root, &[&words[..], more].concat())
    };
    assert!(explain(&[]).status.success());
    let taken = root.join("out/maps/one.a.npy");
    fs::remove_file(&taken).unwrap();
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("mine.txt"), b"mine").unwrap();
    let output = explain(&["--overwrite"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("`in/one.png` is left out") && said.contains("maps/one.a.npy"), "{said}");
    let rows = csv_rows(&root.join("out/predictions.csv"));
    assert!(rows[0]["error"].contains("one.a.npy") && rows[1]["error"].is_empty(), "{rows:?}");
    assert!(root.join("out/maps/two.b.npy").exists() && taken.join("mine.txt").exists());
}
