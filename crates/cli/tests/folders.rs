//! Folders that hold something already: earlier runs, files of the user's, another process.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use support::audits::{arguments, assert_same, contents, eyes, six_eyes};
use support::{demo_model, fail, heatlens, succeed, text, until};

fn explained(input: &Path, out: &Path, more: &[&str]) -> (Option<i32>, String) {
    let (model, input, out) = (demo_model(), text(input), text(out));
    let words = ["explain", &model, &input, "--out", &out, "--classes", "normal,glaucoma"];
    let output = heatlens(&[&words[..], more].concat());
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Names of the files below a folder.
fn names(folder: &Path) -> Vec<PathBuf> {
    contents(folder).into_keys().collect()
}

#[test]
fn overwriting_removes_what_was_listed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out, fresh) = (six_eyes(folder.path()), folder.path().join("out"), folder.path().join("fresh"));
    assert_eq!(explained(&data, &out, &["--save", "panel,map,overlay"]).0, Some(0));
    let mine = ["notes.txt", "panels/mine.png", "maps/mine.npy", "photographs/x.png"];
    for name in mine {
        fs::create_dir_all(out.join(name).parent().unwrap()).unwrap();
        fs::write(out.join(name), b"mine").unwrap();
    }
    let one = data.join("normal");
    let (code, said) = explained(&one, &out, &[]);
    assert!(code == Some(2) && said.contains("--overwrite"), "{said}");
    let (code, said) = explained(&one, &out, &["--overwrite"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 files stay that are not listed") && said.contains("panels/mine.png"), "{said}");
    assert_eq!(explained(&one, &fresh, &[]).0, Some(0));
    for name in mine {
        assert_eq!(fs::read(out.join(name)).unwrap(), b"mine", "{name}");
        fs::remove_file(out.join(name)).unwrap();
    }
    assert_eq!(names(&out), names(&fresh), "nothing of the first run is left");
}

#[test]
fn what_is_no_explanation_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (data, audited) = (six_eyes(folder.path()), folder.path().join("audited"));
    let words = arguments(&data, &audited, &["--limit", "2"]);
    assert!(heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>()).status.success());
    let before = contents(&audited);
    let (code, said) = explained(&data, &audited, &["--overwrite"]);
    assert!(code == Some(2) && said.contains("holds a run of `heatlens audit`"), "{said}");
    assert!(contents(&audited) == before);
    let foreign = folder.path().join("foreign");
    fs::create_dir_all(foreign.join("maps")).unwrap();
    fs::write(foreign.join("predictions.csv"), b"mine").unwrap();
    let (code, said) = explained(&data, &foreign, &["--overwrite"]);
    assert!(code == Some(2) && said.contains("predictions.csv` is not listed as an earlier run's"), "{said}");
    assert_eq!(names(&foreign), [PathBuf::from("predictions.csv")]);
    // A list that leads elsewhere leads nowhere.
    let (out, victim) = (folder.path().join("out"), folder.path().join("victim.txt"));
    fs::create_dir_all(out.join("panels")).unwrap();
    fs::write(&victim, b"mine").unwrap();
    let lines = ["../victim.txt".to_owned(), text(&victim), "panels/../../victim.txt".into()].join("\n");
    fs::write(out.join("files.partial"), format!("heatlens explain\n{lines}\n")).unwrap();
    assert_eq!(explained(&data, &out, &["--overwrite", "--save", "none"]).0, Some(0));
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
}

#[test]
fn a_report_of_what_is_no_audit_is_refused_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (six_eyes(folder.path()), folder.path().join("out"));
    assert_eq!(explained(&data, &out, &["--save", "none"]).0, Some(0));
    let [empty, foreign, only, audited] = ["empty", "foreign", "only", "audited"].map(|name| folder.path().join(name));
    [&empty, &foreign, &only].iter().for_each(|path| fs::create_dir_all(path).unwrap());
    fs::write(foreign.join("run.json"), b"{\"run\": 7}").unwrap();
    fs::copy(out.join("predictions.csv"), only.join("predictions.csv")).unwrap();
    let words = arguments(&data, &audited, &["--limit", "2"]);
    assert!(heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>()).status.success());
    let whole = contents(folder.path());
    for (run, said) in [
        (&out, "is the folder of a `heatlens explain`, which measured nothing"),
        (&only, "holds predictions (`predictions.csv`), but no `run.json`"),
        (&empty, "no audit lies in"),
        (&folder.path().join("nowhere"), "there is no folder"),
        (&out.join("predictions.csv"), "is a file, and `heatlens report` takes the folder"),
        (&foreign, "choose another folder"),
    ] {
        // Neither alone nor as what a shard of an audit would be.
        for words in [vec!["report", &text(run)], vec!["report", &text(&audited), &text(run)]] {
            let error = fail(2, &words);
            assert!(error.contains(said) && error.contains(&text(run)), "{error}");
            assert!(run == &foreign || error.contains("`heatlens audit MODEL --data DATA --out RUN`"), "{error}");
            assert!(contents(folder.path()) == whole, "{error}");
        }
    }
}

#[test]
fn two_pages_to_hand_in_are_written_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (six_eyes(folder.path()), folder.path().join("out"));
    let words = arguments(&data, &out, &["--limit", "2"]);
    assert!(heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>()).status.success());
    assert!(!out.join("summary.html").exists());
    let said = succeed(&["report", &text(&out), "--summary"]);
    assert!(said.contains("summary.html"), "{said}");
    let markdown = fs::read_to_string(out.join("summary.md")).unwrap();
    let pictures: Vec<&str> = markdown.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(!pictures.is_empty() && pictures.iter().all(|name| out.join(name).is_file()), "{markdown}");
    assert_eq!(markdown.matches("\n## ").count(), 11, "ten questions and the limits");
    assert!(fs::read_to_string(out.join("summary.html")).unwrap().contains("What this cannot tell"));
    // The run is still one that a report is made of.
    succeed(&["report", &text(&out)]);
}

#[test]
fn earlier_output_below_the_input_is_no_input() {
    let folder = tempfile::tempdir().unwrap();
    let data = six_eyes(folder.path());
    let rows = |out: &Path| fs::read_to_string(out.join("predictions.csv")).unwrap().lines().count() - 1;
    let (first, second, third) = (data.join("first"), folder.path().join("second"), folder.path().join("third"));
    assert_eq!(explained(&data, &first, &[]).0, Some(0));
    for input in [data.clone(), data.join("**/*.png")] {
        let (code, said) = explained(&input, &second, &["--save", "none", "--overwrite"]);
        assert_eq!((code, rows(&second)), (Some(0), 6), "{said}");
        assert!(said.contains("that an earlier run of heatlens made, such as") && said.contains("first/"), "{said}");
    }
    // Also into the folder of the photographs itself, twice.
    for _ in 0..2 {
        let (code, said) = explained(&data, &data, &["--overwrite", "--save", "heatmap"]);
        assert_eq!((code, rows(&data)), (Some(0), 6), "{said}");
    }
    let words = arguments(&data, &third, &["--layout", "folders"]);
    let output = heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("that an earlier run of heatlens made"), "{said}");
    assert_eq!(rows(&third), 6);
}

fn started(words: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_heatlens"))
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_second_start_is_refused_with_the_process_and_a_killed_one_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (out, alone) = (folder.path().join("out"), folder.path().join("alone"));
    let words = |out: &Path| arguments(eyes(), out, &["--limit", "40"]);
    let mut first = started(&words(&out));
    until(|| out.join("run.json").exists());
    let error = fail(2, &words(&out).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(error.contains(&format!("another heatlens (process {}) is at work", first.id())), "{error}");
    assert!(fail(2, &["report", &text(&out)]).contains("is at work"));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(out.join("heatlens.lock").exists());
    for run in [&out, &alone] {
        let words = words(run);
        assert!(heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>()).status.success());
    }
    assert_same(&alone, &out);
}
