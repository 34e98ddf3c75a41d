//! `heatlens audit`: runs that survive, shards, and data that cannot be used.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::audits::{arguments, assert_same, audit, contents, eyes, six_eyes};
use support::{demo_model, fail, heatlens, succeed, text};

#[test]
fn a_run_that_was_killed_ten_times_ends_as_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    audit(eyes(), &whole, &["--threads", "2"]);
    let words = arguments(eyes(), &killed, &["--threads", "1"]);
    for attempt in 0..10 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_heatlens"))
            .args(&words)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(60 + 173 * attempt % 700));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    audit(eyes(), &killed, &["--threads", "1"]);
    // What was cut short lies there under its temporary name until it is written again.
    assert_same(&whole, &killed);
}

#[test]
fn shards_put_together_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, first, second] = ["whole", "first", "second"].map(|name| folder.path().join(name));
    audit(eyes(), &whole, &[]);
    audit(eyes(), &first, &["--shard", "1/2"]);
    let error = fail(2, &["report", &text(&first)]);
    assert!(error.contains("1 part of the run is missing"), "{error}");
    audit(eyes(), &second, &["--shard", "2/2"]);
    succeed(&["report", &text(&first), &text(&second)]);
    assert_same(&whole, &first);
}

#[test]
fn another_run_in_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    audit(eyes(), &out, &["--limit", "4"]);
    let words = arguments(eyes(), &out, &["--limit", "5"]);
    let error = fail(2, &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(error.contains("another run lies in") && error.contains("its `data.cases` is 4, not 5"), "{error}");
    let words = arguments(eyes(), &out, &["--limit", "4", "--seed", "7", "--classes", "glaucoma,normal"]);
    let error = fail(2, &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(error.contains("its `classes` is [\"normal\",\"glaucoma\"], not [\"glaucoma\",\"normal\"]"), "{error}");
}

#[test]
fn a_bad_image_costs_one_row() {
    let folder = tempfile::tempdir().unwrap();
    let data = six_eyes(folder.path());
    std::fs::write(data.join("normal/broken.png"), b"not a picture").unwrap();
    let words = arguments(&data, &folder.path().join("run"), &[]);
    let output = heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let path = folder.path().join("run/errors.csv");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&format!("1 of 7 images could not be explained; `{}` says why", path.display())), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("6 of 7 cases audited in "));
    let errors = std::fs::read_to_string(path).unwrap();
    assert!(errors.contains("broken.png") && errors.lines().count() == 2, "{errors}");
    assert_eq!(std::fs::read_to_string(folder.path().join("run/predictions.csv")).unwrap().lines().count(), 1 + 7);
}

/// Runs the command in a folder, and returns what it says beside data.
fn said_in(folder: &Path, words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_heatlens")).current_dir(folder).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn a_report_made_elsewhere_has_its_pictures_and_says_which_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let data = six_eyes(folder.path());
    let model = std::fs::canonicalize(demo_model()).unwrap();
    let audit = [
        "audit",
        &text(model),
        "--data",
        "data",
        "--out",
        "run",
        "--preprocess",
        "imagenet-exact",
        "--experiments",
        "0",
    ];
    said_in(folder.path(), &audit);
    let report = || std::fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    let before = report();
    assert!(before.contains("data:image/jpeg"));
    let said = said_in(Path::new("/"), &["report", &text(folder.path().join("run"))]);
    assert!(report() == before && !said.contains("not drawn"), "{said}");

    // The run also goes on from elsewhere.
    let (from, mut elsewhere) = (folder.path().join("elsewhere"), audit);
    std::fs::create_dir(&from).unwrap();
    (elsewhere[3], elsewhere[5]) = ("../data", "../run");
    said_in(&from, &elsewhere);

    let mut files =
        std::fs::read_dir(data.join("normal")).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    std::fs::remove_file(&files[0]).unwrap();
    std::fs::copy(&files[2], &files[1]).unwrap();
    let said = said_in(Path::new("/"), &["report", &text(folder.path().join("run"))]);
    for (file, why) in [(&files[0], "photograph no longer there"), (&files[1], "photograph changed since the audit")] {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            said.lines().any(|line| line.contains("1 of 6 photographs") && line.contains(name) && line.contains(why)),
            "{said}"
        );
    }
    assert!(report().contains(
        "2 photographs could not be drawn: photograph changed since the audit (1), photograph no longer there (1)."
    ));
}

#[test]
fn a_run_does_not_go_on_with_other_photographs() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    for (name, bytes) in contents(eyes()) {
        std::fs::create_dir_all(data.join(&name).parent().unwrap()).unwrap();
        std::fs::write(data.join(&name), bytes).unwrap();
    }
    let words = arguments(&data, &out, &["--shard", "1/2"]);
    let said = said_in(Path::new("."), &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        said.contains("may be stopped at any time, with Ctrl-C too: the same command goes on from there"),
        "{said}"
    );
    let first = contents(&data).into_keys().map(|name| data.join(name)).next().unwrap();
    let before = std::fs::read(&first).unwrap();
    std::fs::write(&first, [before.as_slice(), b"more"].concat()).unwrap();
    let words = arguments(&data, &out, &[]);
    let error = fail(2, &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        error.contains("1 of 64 photographs, such as") && error.contains(first.file_name().unwrap().to_str().unwrap()),
        "{error}"
    );
    std::fs::write(&first, before).unwrap();
    audit(&data, &out, &[]);
}

#[test]
fn names_are_read_as_they_are_meant() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (six_eyes(folder.path()), folder.path().join("run"));
    let segmenter = text(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/segmenter.onnx"));
    audit(
        &data,
        &out,
        &["--classes", "Normal, glaucoma", "--positive", "GLAUCOMA", "--limit", "2", "--segmenter", &segmenter],
    );
    let run: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(
        (&run["classes"], &run["positive"]),
        (&serde_json::json!(["Normal", "glaucoma"]), &serde_json::json!("glaucoma"))
    );
    // By content: a file of the same name may hold another segmenter later.
    let named = run["segmenter"].as_str().unwrap().strip_prefix("segmenter.onnx, SHA-256 ").unwrap();
    assert!(named.len() == 64, "{named}");
    for (options, said) in [(["--limit", "0"], "0 is not in 1.."), (["--classes", "a,,b"], "a name is empty")] {
        let words = arguments(&data, &out, &options);
        let error = fail(2, &words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(error.contains(said), "{error}");
    }
}
