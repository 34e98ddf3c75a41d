//! Ctrl-C and a request to end.
#![cfg(unix)]

mod support;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::audits::{arguments, assert_same, audit, eyes};
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
fn an_explanation_that_is_asked_to_stop_keeps_its_rows_and_a_second_time_it_stops_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let child = started(&explain(&first));
    until(|| fs::read_dir(first.join("maps")).is_ok_and(|files| files.count() > 8));
    send(&child, "-TERM");
    let (code, said) = ended(child);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("of 96 images are explained") && said.contains("--overwrite"), "{said}");
    let rows = fs::read_to_string(first.join("predictions.csv.partial")).unwrap().lines().count() - 1;
    assert!(said.contains(&format!("stopped: {rows} of 96")), "{said}");
    assert_eq!(fs::read_dir(first.join("maps")).unwrap().count(), 2 * rows, "every image in hand was finished");
    assert!(!first.join("run.json").exists() && !first.join("heatlens.lock").exists());

    let child = started(&explain(&second));
    until(|| second.join("maps").exists());
    send(&child, "-INT");
    send(&child, "-INT");
    assert_eq!(ended(child).0, Some(130));
}
