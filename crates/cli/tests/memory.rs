//! Files that ask for more memory than there is are refused in words, whatever the machine has.
#![cfg(target_os = "linux")]

mod support;

use std::path::Path;
use std::process::Command;

use heatlens::graph::ops::{Conv, Flatten, GlobalAveragePool, MatMul};
use heatlens::graph::{DType, Dim, Graph, ModulePath, Tensor};
use heatlens_formats::onnx::{WriteOptions, write};
use heatlens_imaging::{Picture, encode_png};
use support::*;

/// Writes `0.png`, `1.png` …
fn pictures(folder: &Path, count: usize, width: usize, height: usize) {
    let file = encode_png(&Picture::filled(width, height, [90; 3])).unwrap();
    (0..count).for_each(|i| std::fs::write(folder.join(format!("{i}.png")), &file).unwrap());
}

/// A small classifier of photographs of this side.
fn model(side: usize, path: &Path) {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let shape = [1, 3, side, side];
    let x = graph.input("x", DType::F32, shape.map(Dim::Fixed).to_vec(), &shape);
    let weight = graph.constant("w", Tensor::f32([4, 3, 3, 3], (0..108).map(|i| (i % 7) as f32 / 9.0 - 0.3).collect()));
    let y = graph.add(Conv::default(), &[x, weight], &root.child("conv")).unwrap();
    let y = graph.add(GlobalAveragePool, &[y], &root.child("pool")).unwrap();
    let y = graph.add(Flatten { axis: 1 }, &[y], &root).unwrap();
    let head = graph.constant("h", Tensor::f32([4, 2], vec![0.5; 8]));
    let y = graph.add(MatMul, &[y, head], &root.child("fc")).unwrap();
    graph.set_outputs(vec![y]);
    std::fs::write(path, write(&graph, &WriteOptions::default()).unwrap()).unwrap();
}

/// A classifier with 64 MB of weights.
fn heavy_model(path: &Path) {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let shape = [1, 3, 32, 32];
    let mut y = graph.input("x", DType::F32, shape.map(Dim::Fixed).to_vec(), &shape);
    let weight = graph.constant("w", Tensor::f32([4, 3, 3, 3], vec![0.1; 108]));
    y = graph.add(Conv::default(), &[y, weight], &root.child("conv")).unwrap();
    y = graph.add(GlobalAveragePool, &[y], &root.child("pool")).unwrap();
    y = graph.add(Flatten { axis: 1 }, &[y], &root).unwrap();
    for (i, [rows, columns]) in [[4, 4096], [4096, 4096], [4096, 2]].into_iter().enumerate() {
        let values = (0..rows * columns).map(|i| (i % 11) as f32 / 1e3 - 0.004).collect();
        let weight = graph.constant(format!("h{i}"), Tensor::f32([rows, columns], values));
        y = graph.add(MatMul, &[y, weight], &root.child(&format!("fc{i}"))).unwrap();
    }
    graph.set_outputs(vec![y]);
    std::fs::write(path, write(&graph, &WriteOptions::default()).unwrap()).unwrap();
}

/// Runs the command with so many kilobytes of address space; its code and what it says.
fn within(kilobytes: usize, arguments: &[&str]) -> (Option<i32>, String) {
    let script = format!("ulimit -v {kilobytes}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_heatlens")]).args(arguments);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), said)
}

#[test]
fn a_network_that_does_not_fit_is_refused_with_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| text(folder.path().join(name));
    pictures(folder.path(), 2, 9, 9);
    let (large, small, photographs, out) = (at("large.onnx"), at("small.onnx"), text(folder.path()), at("out"));
    model(9000, Path::new(&large));
    let explain = ["explain", &large, &photographs, "--save", "none", "--out", &out];
    let (code, said) = within(2_000_000, &explain);
    assert!(
        code == Some(2)
            && said.contains("for its activations beside 13 MB for its weights, and 1.4 GB of memory may be used"),
        "{code:?}: {said}"
    );

    model(1000, Path::new(&small));
    let explain =
        ["explain", &small, &photographs, "--threads", "2", "--memory", "150MB", "--save", "none", "--out", &out];
    let (code, said) = within(2_000_000, &explain);
    assert!(code == Some(0) && said.contains("1 of 2 threads are used"), "{code:?}: {said}");
    let (code, said) = within(2_000_000, &[&explain[..5], &["--memory", "20MB", "--out", &out]].concat());
    assert!(code == Some(2) && said.contains("--memory 200MB allows more"), "{code:?}: {said}");
}

#[test]
fn weights_count_in_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| text(folder.path().join(name));
    std::fs::write(at("eye.png"), encode_png(&Picture::filled(40, 40, [90; 3])).unwrap()).unwrap();
    let (heavy, photograph, out) = (at("heavy.onnx"), at("eye.png"), at("out"));
    heavy_model(Path::new(&heavy));
    let commands: [&[&str]; 4] = [
        &["explain", &heavy, &photograph, "--save", "none", "--out", &out],
        &["evaluate", &heavy, &photograph, "--metrics", "sparseness", "--out", &out],
        &["sanity", &heavy, &photograph, "--cascade-only", "--out", &out],
        &["bench", &heavy, "--seconds", "0"],
    ];
    for command in commands {
        let with = |memory: &str| within(2_000_000, &[command, &["--memory", memory]].concat());
        let way_out = |said: &str| said.split_once("--memory ").unwrap().1.split(' ').next().unwrap().to_owned();
        let (code, said) = with("150MB");
        assert!(code == Some(2) && said.contains("for its weights, and 150 MB"), "{command:?}: {code:?}: {said}");
        // Activations are known only where weights fit.
        let (mut code, mut said) = with(&way_out(&said));
        if code == Some(2) {
            assert!(said.contains("for its activations beside"), "{command:?}: {said}");
            (code, said) = with(&way_out(&said));
        }
        assert!(matches!(code, Some(0 | 4)), "{command:?}: {code:?}: {said}");
    }
}

#[test]
fn what_looks_at_photographs_bounds_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| text(folder.path().join(name));
    pictures(folder.path(), 6, 1200, 1000);
    let (photographs, out, tensor) = (text(folder.path()), at("out"), at("a.npy"));
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 8, 8), }\n";
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    std::fs::write(&tensor, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &[0; 768]].concat()).unwrap();
    let of_image = ["preprocess", "check", "--image", &at("0.png"), "--reference", &tensor];
    let (code, said) = within(2_000_000, &[&of_image[..], &["--memory", "20MB"]].concat());
    assert!(code == Some(2) && said.contains("1200×1000 pixels are more than"), "{code:?}: {said}");
    assert!(!within(2_000_000, &of_image).1.contains("more than"));

    let demo = demo_model();
    let commands: [&[&str]; 2] =
        [&["check", &demo, &photographs], &["sanity", &demo, &photographs, "--cascade-only", "--out", &out]];
    for command in commands {
        let (code, said) = within(2_000_000, &[command, &["--memory", "30MB"]].concat());
        assert!(code == Some(2) && said.contains("for its activations"), "{command:?}: {code:?}: {said}");
        let (code, said) = within(2_000_000, &[command, &["--memory", "400MB", "--sample", "6"]].concat());
        assert!(matches!(code, Some(0 | 4 | 5)), "{command:?}: {code:?}: {said}");
    }
    // The look before a run costs no run.
    let explain =
        ["explain", &demo, &photographs, "--threads", "1", "--memory", "45MB", "--save", "none", "--out", &out];
    let (code, said) = within(2_000_000, &explain);
    assert!(code == Some(0) && said.contains("there is no memory to run the network"), "{said}");
    let record = std::fs::read_to_string(folder.path().join("out/run.json")).unwrap();
    assert!(record.contains("there is no memory to run the network"), "{record}");
}

#[test]
fn a_photograph_that_does_not_fit_costs_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| text(folder.path().join(name));
    std::fs::write(at("large.png"), encode_png(&Picture::filled(9000, 6000, [90; 3])).unwrap()).unwrap();
    let out = at("out");
    let explain = ["explain", &demo_model(), &at("large.png"), "--save", "none", "--out", &out, "--threads", "1"];
    let (code, said) = within(2_000_000, &[&explain[..], &["--memory", "200MB"]].concat());
    assert_eq!(code, Some(1), "{said}");
    let row = &csv_rows(&folder.path().join("out/predictions.csv"))[0];
    assert!(row["error"].contains("9000×6000 pixels are more than the allowed") && row["error"].contains("--memory"));
    let (code, said) = within(2_000_000, &[&explain[..], &["--overwrite"]].concat());
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn arrays_that_claim_to_be_endless_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (shape, words) in [("(1000000000000, 3, 224, 224)", "cut short"), ("(1000000000000, 0, 224, 224)", "has shape")]
    {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        let path = folder.path().join("claims.npy");
        std::fs::write(&path, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat()).unwrap();
        let (code, said) = within(2_000_000, &["explain", &demo_model(), &text(&path), "--out", "unused"]);
        assert!(code == Some(2) && said.contains(words), "{shape}: {code:?} {said}");
    }
}
