//! Ctrl-C and a request to end.
#![cfg(unix)]

mod support;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::audits::{arguments, assert_same, audit, eyes, six_eyes};
use support::{demo_model, text, until};

fn started(words: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_heatlens"))
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// How it ended, and what it said.
fn ended(mut child: Child) -> (Option<i32>, String) {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[test]
fn an_audit_that_is_asked_to_stop_keeps_every_image_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    let more = ["--limit", "40", "--threads", "2"];
    audit(eyes(), &whole, &more);
    let words = arguments(eyes(), &stopped, &more);
    for signal in ["-INT", "-TERM"] {
        let child = started(&words);
        until(|| stopped.join("heatlens.lock").exists());
        std::thread::sleep(Duration::from_millis(1_500));
        send(&child, signal);
        let (code, said) = ended(child);
        if code == Some(0) {
            continue;
        }
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("start the same command again, and it goes on from there"), "{said}");
        assert!(stopped.join("begun/images").exists() || stopped.join("images").exists(), "{said}");
        assert!(!stopped.join("heatlens.lock").exists());
    }
    audit(eyes(), &stopped, &more);
    assert_same(&whole, &stopped);
}

fn explain(out: &Path) -> Vec<String> {
    let (model, input, out) = (demo_model(), text(eyes()), text(out));
    let words = ["explain", &model, &input, "--out", &out, "--classes", "normal,glaucoma", "--threads", "1"];
    words.map(str::to_owned).to_vec()
}

#[test]
fn an_explanation_that_is_asked_to_stop_goes_on_and_a_second_time_it_stops_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, first, second] = ["whole", "first", "second"].map(|name| folder.path().join(name));
    assert_eq!(ended(started(&explain(&whole))).0, Some(0));
    let child = started(&explain(&first));
    until(|| fs::read_dir(first.join("maps")).is_ok_and(|files| files.count() > 8));
    send(&child, "-TERM");
    let (code, said) = ended(child);
    assert_eq!(code, Some(130), "{said}");
    let rows = fs::read_to_string(first.join("predictions.csv.partial")).unwrap().lines().count() - 1;
    assert!(said.contains(&format!("stopped: {rows} of 96 images are explained; start the same command")), "{said}");
    assert_eq!(fs::read_dir(first.join("maps")).unwrap().count(), 2 * rows, "every image in hand was finished");
    assert!(!first.join("run.json").exists() && !first.join("heatlens.lock").exists());
    // Another is not mixed with it; the same goes on.
    let another = [&explain(&first)[..], &["--save".to_owned(), "map".to_owned()]].concat();
    let (code, said) = ended(started(&another));
    assert!(code == Some(2) && said.contains("another explanation was begun") && said.contains("`pictures`"), "{said}");
    let (code, said) = ended(started(&explain(&first)));
    assert!(code == Some(0) && said.contains(&format!("{rows} of 96 images were explained before")), "{said}");
    assert_same(&whole, &first);

    let child = started(&explain(&second));
    until(|| second.join("maps").exists());
    send(&child, "-INT");
    send(&child, "-INT");
    assert_eq!(ended(child).0, Some(130));
}

#[test]
fn photographs_and_files_that_changed_meanwhile_are_explained_again() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, out] = ["whole", "out"].map(|name| folder.path().join(name));
    let data = six_eyes(folder.path());
    let command = |out: &Path| {
        let mut words = explain(out);
        words[2] = text(&data);
        words
    };
    let child = started(&command(&out));
    until(|| fs::read_dir(out.join("maps")).is_ok_and(|files| files.count() > 4));
    assert!(Command::new("kill").args(["-KILL", &child.id().to_string()]).status().unwrap().success());
    ended(child);
    // The first eye becomes another one, and a map of the second is damaged.
    let mut eyes: Vec<_> = fs::read_dir(data.join("glaucoma")).unwrap().map(|entry| entry.unwrap().path()).collect();
    eyes.sort();
    fs::copy(fs::read_dir(data.join("normal")).unwrap().next().unwrap().unwrap().path(), &eyes[0]).unwrap();
    let name = eyes[1].file_stem().unwrap().to_string_lossy().into_owned();
    let map = fs::read_dir(out.join("maps")).unwrap().map(|entry| entry.unwrap().path());
    let map = map.into_iter().find(|path| text(path).contains(&name)).unwrap();
    fs::write(map, b"damaged").unwrap();
    assert_eq!(ended(started(&command(&whole))).0, Some(0));
    let (code, said) = ended(started(&command(&out)));
    assert!(code == Some(0) && said.contains("2 more are explained again"), "{said}");
    assert_same(&whole, &out);
}

#[test]
fn an_evaluation_that_is_asked_to_stop_writes_tables_of_what_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (model, input, place) = (demo_model(), text(eyes()), text(&out));
    let words = ["evaluate", &model, &input, "--out", &place, "--classes", "normal,glaucoma", "--threads", "1"];
    let more = ["--sample", "96", "--metrics", "road"];
    let child = started(&words.iter().chain(&more).map(|word| (*word).to_owned()).collect::<Vec<_>>());
    until(|| out.join("heatlens.lock").exists());
    std::thread::sleep(Duration::from_millis(300));
    send(&child, "-TERM");
    let (code, said) = ended(child);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("stopped: the tables are of ") && said.contains(" of 96 images"), "{said}");
    assert!(out.join("summary.csv").exists() && !out.join("heatlens.lock").exists());
}
