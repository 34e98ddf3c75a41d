//! `heatlens compare`: methods of one run, and runs that cannot be compared in full.

mod support;

use std::path::Path;

use heatlens_imaging::{DecodeLimits, Picture, decode, encode_png};
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
    let [page, json] = ["both.html", "both.json"].map(|name| folder.path().join(name));
    for out in [&page, &json] {
        succeed(&["compare", &format!("{run}/"), &format!("{run}/:input-gradient"), "-o", &text(out)]);
    }
    let [page, json] = [page, json].map(|path| std::fs::read_to_string(path).unwrap());
    let figures: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && !page.contains("<script") && page.contains("12 images in both"));
    for said in [&figures["sides"][0]["name"], &figures["sides"][1]["name"], &figures["focus"][0]["what"]] {
        assert!(page.contains(said.as_str().unwrap()), "{said}");
    }
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
    let [data, other, unlike, half, whole, renamed, strange] =
        ["data", "other", "unlike", "half", "whole", "renamed", "strange"].map(|name| folder.path().join(name));
    write_eyes(&data, 2);
    audit(&data, &half, &["--shard", "1/2"]);
    audit(&data, &whole, &[]);
    let output = heatlens(&["compare", &text(&half), &text(&whole)]);
    let warned = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success()
            && warned.contains("1 of 2 parts of the run in")
            && warned.contains("is done, and nothing else is compared"),
        "{warned}"
    );

    write_eyes(&other.join("set"), 1);
    audit(&other, &renamed, &["--labels", "normal=normal,glaucoma=glaucoma"]);
    let said = succeed(&["compare", &text(&whole), &text(&renamed)]);
    let file = "demo-shufflenet_v2_x0_5.safetensors";
    let names = format!("{file} in {} against {file} in {}, 24 images in both", text(&whole), text(&renamed));
    assert!(said.starts_with(&names), "{said}");
    assert!(said.contains("Images with two names: 24 images of other names in the second run, such as `"), "{said}");
    assert!(said.contains("`set/") && said.contains("24 images of the first run and 0 images of the second"), "{said}");
    assert!(said.contains("images with the same prediction: 100 %"), "the same photographs are paired: {said}");
    assert!(said.contains("maps of the same image and class: +1.00"), "{said}");

    write_eyes(&unlike, 1);
    for entry in
        std::fs::read_dir(unlike.join("normal")).unwrap().chain(std::fs::read_dir(unlike.join("glaucoma")).unwrap())
    {
        let path = entry.unwrap().path();
        let picture = decode(&std::fs::read(&path).unwrap(), &DecodeLimits::default()).unwrap();
        let rgb = picture.rgb.iter().map(|level| level / 2).collect();
        let darker = encode_png(&Picture { rgb, ..picture }).unwrap();
        std::fs::write(path.with_file_name(format!("dark-{}", path.file_name().unwrap().display())), darker).unwrap();
        std::fs::remove_file(path).unwrap();
    }
    audit(&unlike, &strange, &[]);
    let error = fail(2, &["compare", &text(&whole), &text(&strange)]);
    assert!(error.contains("no image in common, neither by name nor by content"), "{error}");
    std::fs::remove_dir_all(half.join("images")).unwrap();
    let error = fail(2, &["compare", &text(&half), &text(&whole)]);
    assert!(error.contains("no part of the run in") && error.contains("is done yet"), "{error}");
}
