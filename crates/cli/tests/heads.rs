//! Networks whose outputs are no classes: labels of which several may be present, and values.

mod support;

use std::path::PathBuf;

use heatlens::graph::ops::{Conv, Flatten, GlobalAveragePool, MatMul, Relu, Sub};
use heatlens::graph::{DType, Dim, Graph, ModulePath, Tensor};
use heatlens_formats::onnx::{WriteOptions, write};
use heatlens_imaging::{Picture, encode_png};
use support::*;

/// The levels of red, green and blue of three pictures of one colour.
const COLOURS: [[u8; 3]; 3] = [[230, 20, 140], [40, 200, 10], [10, 20, 30]];

/// Pictures, and a network whose outputs are `8 · level / 255 − 4` of the first channels.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new(outputs: usize) -> Scene {
        let scene = Scene(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(scene.path("images")).unwrap();
        for (i, rgb) in COLOURS.into_iter().enumerate() {
            let file = encode_png(&Picture::filled(16, 16, rgb)).unwrap();
            std::fs::write(scene.path("images").join(format!("{i}.png")), file).unwrap();
        }
        let (mut graph, root) = (Graph::new(), ModulePath::root());
        let shape = [1, 3, 16, 16];
        let x = graph.input("x", DType::F32, shape.map(Dim::Fixed).to_vec(), &shape);
        // The middle of each window.
        let is_own = |i: usize| i % 9 == 4 && i / 9 % 3 == i / 27;
        let window = (0..outputs * 27).map(|i| f32::from(u8::from(is_own(i)))).collect();
        let weight = graph.constant("w", Tensor::f32([outputs, 3, 3, 3], window));
        let y = graph.add(Conv::default(), &[x, weight], &root).unwrap();
        let y = graph.add(Relu, &[y], &root).unwrap();
        let y = graph.add(GlobalAveragePool, &[y], &root).unwrap();
        let y = graph.add(Flatten { axis: 1 }, &[y], &root).unwrap();
        let times_eight = (0..outputs * outputs).map(|i| if i / outputs == i % outputs { 8.0 } else { 0.0 }).collect();
        let weight = graph.constant("v", Tensor::f32([outputs, outputs], times_eight));
        let y = graph.add(MatMul, &[y, weight], &root).unwrap();
        let four = graph.constant("", Tensor::scalar(4.0));
        let y = graph.add(Sub, &[y, four], &root).unwrap();
        graph.set_outputs(vec![y]);
        std::fs::write(scene.path("model.onnx"), write(&graph, &WriteOptions::default()).unwrap()).unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn table(&self, lines: &str) -> String {
        std::fs::write(self.path("labels.csv"), lines).unwrap();
        text(self.path("labels.csv"))
    }

    fn run(&self, command: &str, options: &[&str]) -> (bool, String) {
        let (model, out) = (text(self.path("model.onnx")), text(self.path("out")));
        let fixed = [command, &model, "--preprocess", "rgb-255", "--out", &out];
        let output = heatlens(&[&fixed[..], options].concat());
        let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
        (output.status.success(), said)
    }

    fn explain(&self, options: &[&str]) -> String {
        let images = text(self.path("images"));
        let (done, said) = self.run("explain", &[&[images.as_str(), "--overwrite"][..], options].concat());
        assert!(done, "{said}");
        said
    }

    fn rows(&self) -> Vec<std::collections::HashMap<String, String>> {
        csv_rows(&self.path("out").join("predictions.csv")).into_iter().map(|row| row.into_iter().collect()).collect()
    }
}

fn logit(level: u8) -> f64 {
    8.0 * f64::from(level) / 255.0 - 4.0
}

fn number(row: &std::collections::HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

#[test]
fn each_label_has_its_probability_threshold_outcome_and_map() {
    let scene = Scene::new(3);
    let labels = scene.table("image,Edema,Effusion,Nodule\n0.png,1,0,0\n1.png,1,1,\n2.png,0,0,0\n");
    let multilabel = ["--head", "multilabel", "--classes", "Edema,Effusion,Nodule", "--labels", &labels];
    let said = scene.explain(&multilabel);
    let rows = scene.rows();
    for (row, rgb) in rows.iter().zip(COLOURS) {
        for (label, level) in ["Edema", "Effusion", "Nodule"].into_iter().zip(rgb) {
            let probability = 1.0 / (1.0 + (-logit(level)).exp());
            assert!((number(row, &format!("probability:{label}")) - probability).abs() < 1e-5, "{row:?}");
        }
        assert_eq!(row["confidence"], "", "several labels have no one confidence");
    }
    let column = |name: &str| rows.iter().map(|row| row[name].as_str()).collect::<Vec<_>>();
    assert_eq!(column("predicted"), ["Edema; Nodule", "Effusion", "nothing"]);
    assert_eq!(column("outcome:Edema"), ["true_positive", "false_negative", "true_negative"]);
    assert_eq!(column("outcome:Nodule"), ["false_positive", "predicted/absent", "true_negative"]);
    assert_eq!(column("outcome"), ["some_wrong", "some_wrong", "all_right"]);
    assert!(said.contains("1 of 3 with every label right"), "{said}");
    assert!(said.contains("Edema (from 0.5): present in 2, found in 1, missed in 1; absent in 1, seen there in 0"));
    assert!(said.contains("not known is Nodule of 1 image:"), "{said}");
    for label in ["Edema", "Effusion", "Nodule"] {
        assert!(scene.path("out/maps").join(format!("1.{label}.npy")).is_file(), "a map of each label");
    }
    scene.explain(&[&multilabel[..], &["--threshold", "Edema=0.05", "--save", "none"]].concat());
    assert_eq!(scene.rows()[1]["outcome:Edema"], "true_positive");

    let list = scene.table("Image Index,Finding Labels,image\nx,Edema|Nodule,0.png\nx,No Finding,2.png\n");
    let said = scene.explain(&["--head", "multilabel", "--classes", "Edema,Effusion,Nodule", "--labels", &list]);
    assert_eq!(scene.rows()[0]["outcome"], "all_right");
    assert!(said.contains("1 of 3 images has no label, such as"), "{said}");
}

#[test]
fn values_are_shown_as_they_are_with_their_error() {
    let scene = Scene::new(1);
    let labels = scene.table("image,cdr\n0.png,3\n1.png,-3\n");
    let said = scene.explain(&["--head", "regression", "--classes", "cdr", "--labels", &labels]);
    let rows = scene.rows();
    for (row, [red, ..]) in rows.iter().zip(COLOURS) {
        assert!((number(row, "value:cdr") - logit(red)).abs() < 1e-5, "{row:?}");
    }
    let errors = [logit(COLOURS[0][0]) - 3.0, logit(COLOURS[1][0]) + 3.0];
    for (row, error) in rows.iter().zip(errors) {
        assert!((number(row, "error:cdr") - error).abs() < 1e-5, "{row:?}");
    }
    assert_eq!(rows.iter().map(|row| row["outcome"].as_str()).collect::<Vec<_>>(), ["too_high", "too_high", "value"]);
    let mean = (errors[0].abs() + errors[1].abs()) / 2.0;
    assert!(said.contains(&format!("cdr: off by {mean:.3} on average")) && !said.contains("rightly"), "{said}");
    let json = scene.explain(&["--head", "regression", "--classes", "cdr", "--save", "none", "--json"]);
    assert!(json.contains("\"values\":{\"cdr\":") && !json.contains("probabilities"), "{json}");
    let images = text(scene.path("images"));
    let (done, said) =
        scene.run("explain", &[&images, "--overwrite", "--head", "regression", "--score", "probability"]);
    assert!(!done && said.contains("have no probability") && said.contains("--score logit"), "{said}");
    // Nothing tells a value from the logit of one of two classes: said, with the way out.
    assert!(scene.explain(&["--save", "none"]).contains("(`--head regression`)"));
}

#[test]
fn an_audit_asks_one_question_of_several_labels_or_values() {
    let audit = |scene: &Scene, table: &str, options: &[&str]| {
        let data = scene.path("images").join("data.csv");
        std::fs::write(&data, table).unwrap();
        let data = text(data);
        scene.run("audit", &[&["--data", &data, "--experiments", "0"][..], options].concat())
    };
    let scene = Scene::new(3);
    let table = "image,Edema,Effusion,Nodule\n0.png,1,0,0\n1.png,1,1,0\n2.png,0,0,0\n";
    let multilabel = ["--head", "multilabel", "--classes", "Edema,Effusion,Nodule"];
    let (done, said) = audit(&scene, table, &multilabel);
    assert!(!done && said.contains("--positive LABEL with one of Edema, Effusion, Nodule"), "{said}");
    let (done, said) = audit(&scene, table, &[&multilabel[..], &["--positive", "edema"]].concat());
    assert!(done && said.contains("the label `Edema` alone is audited"), "{said}");
    let rows = scene.rows();
    assert!((number(&rows[0], "logit:Edema") - logit(COLOURS[0][0])).abs() < 1e-5, "{rows:?}");
    let outcomes = |rows: &[std::collections::HashMap<String, String>]| {
        rows.iter().map(|row| row["outcome"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&rows), ["true_positive", "false_negative", "true_negative"]);

    let scene = Scene::new(1);
    let regression = ["--head", "regression", "--classes", "cdr"];
    let table = "image,cdr\n0.png,2\n1.png,1.5\n2.png,-3\n";
    let (done, said) = audit(&scene, table, &regression);
    assert!(!done && said.contains("--positive '>=0.6'"), "{said}");
    let (done, said) = audit(&scene, table, &[&regression[..], &["--positive", ">=1"]].concat());
    assert!(done && said.contains("no probabilities"), "{said}");
    let rows = scene.rows();
    assert!((number(&rows[0], "logit:cdr >= 1") - (logit(COLOURS[0][0]) - 1.0)).abs() < 1e-5, "{rows:?}");
    assert_eq!(outcomes(&rows), ["true_positive", "false_negative", "true_negative"]);
}
