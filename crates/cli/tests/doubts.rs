//! What makes results doubtful is said by every command that makes them, and kept in run.json.

mod support;

use std::path::{Path, PathBuf};

use heatlens::graph::ops::{Conv, Flatten, GlobalAveragePool};
use heatlens::graph::{DType, Dim, Graph, ModulePath, Tensor};
use heatlens_formats::onnx::{WriteOptions, write};
use heatlens_imaging::{Picture, encode_png};
use serde_json::Value;
use support::*;

/// Six pictures in folders of two classes.
fn pictures(folder: &Path) -> PathBuf {
    for i in 0..6 {
        let class = folder.join("pictures").join(["normal", "glaucoma"][i % 2]);
        std::fs::create_dir_all(&class).unwrap();
        let mut picture = Picture::filled(48, 48, [40 + 30 * i as u8, 90, 60]);
        picture.rgb.iter_mut().step_by(7 + i).for_each(|level| *level = level.wrapping_add(120));
        std::fs::write(class.join(format!("{i}.png")), encode_png(&picture).unwrap()).unwrap();
    }
    folder.join("pictures")
}

/// A network whose only feature map is its patch embedding.
fn patches(folder: &Path) -> PathBuf {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let shape = [1, 3, 32, 32];
    let x = graph.input("x", DType::F32, shape.map(Dim::Fixed).to_vec(), &shape);
    let weight = (0..4 * 3 * 64).map(|i| (i % 5) as f32 / 10.0 - 0.2).collect();
    let weight = graph.constant("w", Tensor::f32([4, 3, 8, 8], weight));
    let y = graph.add(Conv { strides: [8; 2], ..Conv::default() }, &[x, weight], &root.child("proj")).unwrap();
    let y = graph.add(GlobalAveragePool, &[y], &root.child("pool")).unwrap();
    let weight = graph.constant("v", Tensor::f32([2, 4, 1, 1], vec![1.0, -1.0, 0.5, 2.0, -1.0, 1.0, 2.0, 0.5]));
    let y = graph.add(Conv::default(), &[y, weight], &root.child("head")).unwrap();
    let y = graph.add(Flatten { axis: 1 }, &[y], &root).unwrap();
    graph.set_outputs(vec![y]);
    let path = folder.join("patches.onnx");
    std::fs::write(&path, write(&graph, &WriteOptions::default()).unwrap()).unwrap();
    path
}

/// What a command says on stderr.
fn said(arguments: &[&str]) -> String {
    let output = heatlens(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 4)), "{arguments:?}:\n{said}");
    said
}

fn record(out: &str) -> Value {
    serde_json::from_slice(&std::fs::read(Path::new(out).join("run.json")).unwrap()).unwrap()
}

#[test]
fn maps_at_a_patch_embedding_are_warned_of_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let (model, images) = (text(patches(folder.path())), text(pictures(folder.path())));
    let out = |name: &str| text(folder.path().join(name));
    let classes = ["--classes", "normal,glaucoma"];
    let words = "warning: `proj` is the patch embedding";
    for command in ["explain", "evaluate", "sanity"] {
        let first = [command, &model, &images, "--out", &out(command)];
        let said = said(&[&first[..], &classes].concat());
        assert!(said.contains(words), "{command}: {said}");
    }
    let audit = ["audit", &model, "--data", &images, "--out", &out("audit"), "--experiments", "0"];
    assert!(said(&[&audit[..], &classes].concat()).contains(words));
    for task in ["explain", "audit"] {
        let noted = record(&out(task))["notes"].to_string();
        assert!(noted.contains("`proj` is the patch embedding"), "{task}: {noted}");
    }
    let other = ["explain", &model, &images, "--methods", "occlusion", "--overwrite", "--out", &out("explain")];
    assert!(!said(&other).contains("patch embedding"));
}

/// Weights that fit several networks.
fn twins(folder: &Path) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/readings/readings.zip");
    let bytes = std::fs::read(path).unwrap();
    let entries = heatlens_formats::archive::entries(&bytes).unwrap();
    let entry = entries.iter().find(|entry| entry.name == "criterion.pth").unwrap();
    std::fs::write(folder.join("several.pth"), entry.read().unwrap()).unwrap();
    folder.join("several.pth")
}

#[test]
fn networks_that_the_file_may_hold_are_compared_on_the_images_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let (model, images) = (text(twins(folder.path())), text(pictures(folder.path())));
    let (out, run) = (text(folder.path().join("out")), text(folder.path().join("run")));
    let classes = ["--classes", "normal,glaucoma"];
    let explain = ["explain", &model, &images, "--save", "none", "--out", &out];
    let audit = ["audit", &model, "--data", &images, "--out", &run, "--experiments", "0"];
    let words = "read as resnet18; on these 6 images `resnet";
    for (arguments, folder) in [(&explain[..], &out), (&audit[..], &run)] {
        let said = said(&[arguments, &classes].concat());
        let line = said.lines().rfind(|line| line.contains(words)).unwrap_or_else(|| panic!("{said}"));
        let twins = &record(folder)["twins"];
        assert!(line.ends_with(twins["words"].as_str().unwrap()), "{line}\n{twins}");
        assert_eq!((twins["images"].as_u64(), twins["networks"].as_array().unwrap().len()), (Some(6), 3));
        let differ = twins["verdict"] == "differ";
        assert!(line.starts_with("note: "), "{line}");
        assert_eq!(line.contains("say --arch resnet"), differ, "{line}");
    }
    let report = std::fs::read_to_string(Path::new(&run).join("report.html")).unwrap();
    assert!(report.contains("Other networks that fit the file"), "no row in the report");
    // What is named is one network.
    let named = [&explain[..], &classes, &["--overwrite", "--arch", "resnet18"]].concat();
    assert!(!said(&named).contains(words) && record(&out)["twins"].is_null());
}
