//! `heatlens compare`: methods of one run, and runs that cannot be compared in full.

mod support;

use std::path::Path;

use support::audits::write_eyes;
use support::{demo_model, fail, heatlens, succeed, text};

fn audit(data: &Path, out: &Path, more: &[&str]) {
    let words = [
        "audit",
        &demo_model(),
        "--data",
        &text(data),
        "--out",
        &text(out),
        "--preprocess",
        "imagenet-exact",
        "--experiments",
        "0",
    ];
    succeed(&words.into_iter().chain(more.iter().copied()).collect::<Vec<_>>());
}

#[test]
fn maps_of_a_method_without_a_layer_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    write_eyes(&data, 1);
    audit(&data, &out, &["--methods", "gradcam,input-gradient", "--limit", "12"]);
    let run = text(&out);
    let said = succeed(&["compare", &format!("{run}/"), &format!("{run}/:input-gradient")]);
    assert!(said.contains("mean correlation of the maps of the same image and class"), "{said}");
    assert!(said.starts_with("gradcam at ") && said.contains(" against input-gradient, 12 images in both"), "{said}");
    let error = fail(2, &["compare", &run, &format!("{run}/:input-gradient:conv5")]);
    assert!(error.contains("maps of `input-gradient` belong to no single layer: leave `:conv5` out"), "{error}");
    let error = fail(2, &["compare", &run, &format!("{run}/:gradcam:stage9")]);
    assert!(error.contains("the run has no layer `stage9`; it has "), "{error}");
    let error = fail(2, &["compare", &run, &format!("{run}/:rise")]);
    assert!(error.contains("the run has no method `rise`; it has gradcam, input-gradient"), "{error}");
}

#[test]
fn unfinished_runs_and_other_names_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let [data, other, half, whole, renamed] =
        ["data", "other", "half", "whole", "renamed"].map(|name| folder.path().join(name));
    write_eyes(&data, 2);
    audit(&data, &half, &["--shard", "1/2"]);
    audit(&data, &whole, &[]);
    let output = heatlens(&["compare", &text(&half), &text(&whole)]);
    let warned = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success()
            && warned.contains("1 of 2 parts of the run in")
            && warned.contains("only these are compared"),
        "{warned}"
    );

    write_eyes(&other.join("set"), 1);
    audit(&other, &renamed, &["--labels", "normal=normal,glaucoma=glaucoma"]);
    let error = fail(2, &["compare", &text(&whole), &text(&renamed)]);
    assert!(
        error.contains("the runs have 24 files in common, but under other names, such as `") && error.contains("`set/"),
        "{error}"
    );
    std::fs::remove_dir_all(half.join("images")).unwrap();
    let error = fail(2, &["compare", &text(&half), &text(&whole)]);
    assert!(error.contains("no part of the run in") && error.contains("is done yet"), "{error}");
}
