//! What a run leaves behind, with the classifier that the command ships.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use heatlens_imaging::{DecodeLimits, Picture, decode, encode_png, write_npy};
use support::*;

/// A scratch folder with eight small pictures in two class folders, and the arguments that every
/// test starts from.
struct Scene {
    scratch: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        for (class, offset) in [("normal", 0), ("glaucoma", 4)] {
            let folder = scratch.path().join("photographs").join(class);
            std::fs::create_dir_all(&folder).unwrap();
            for i in 0..4 {
                std::fs::write(folder.join(format!("{i}.png")), encode_png(&picture(offset + i)).unwrap()).unwrap();
            }
        }
        Scene { scratch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Explains the photographs into `out`, with further options.
    fn explain(&self, out: &str, options: &[&str]) -> PathBuf {
        self.explain_input(&text(self.path("photographs")), out, options)
    }

    fn explain_input(&self, input: &str, out: &str, options: &[&str]) -> PathBuf {
        let (model, out) = (demo_model(), self.path(out));
        let out_text = text(&out);
        let mut arguments = vec!["explain", &model, input, "--out", &out_text, "--classes", "normal,glaucoma"];
        arguments.extend(options);
        succeed(&arguments);
        out
    }
}

/// A smooth picture of its own for each number; wider than high.
fn picture(number: usize) -> Picture {
    let (width, height) = (96, 64);
    let level = |x: usize, y: usize, c: usize| {
        (128.0 + 90.0 * ((x * (number + 2)) as f32 / 40.0 + (y * (c + 1)) as f32 / 25.0).sin()) as u8
    };
    let rgb = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..3).map(move |c| level(x, y, c)))).collect();
    Picture { width, height, rgb }
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(text(path.strip_prefix(folder).unwrap()), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn threads_and_batches_change_no_byte() {
    let scene = Scene::new();
    let options = ["--class", "all", "--labels", "folders", "--save", "panel,overlay,heatmap,map"];
    let with = |out: &str, more: &[&str]| files(&scene.explain(out, &[&options[..], more].concat()));
    let one = with("one", &["--threads", "1"]);
    assert_eq!(one.len(), 8 * (1 + 2 + 2 + 4) + 2, "{:?}", one.keys());
    for (name, more) in [("two", ["--threads", "2"]), ("batched", ["--batch", "3"])] {
        let other = with(name, &more);
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (file, bytes) in &one {
            assert!(&other[file] == bytes, "{file} differs with {more:?}");
        }
    }
}

#[test]
fn outcomes_follow_labels_from_folders_and_from_a_table() {
    let scene = Scene::new();
    let table = scene.path("labels.csv");
    let rows = (0..4).map(|i| format!("normal/{i}.png,normal\nglaucoma/{i}.png,1\n"));
    std::fs::write(&table, rows.fold("image,label\n".to_owned(), |text, row| text + &row)).unwrap();
    let folders = scene.explain("folders", &["--labels", "folders"]);
    // Which class `1` is must be said, not guessed from an order.
    let (model, photographs, out) = (demo_model(), text(scene.path("photographs")), text(scene.path("refused")));
    let labels = text(&table);
    let words =
        fail(2, &["explain", &model, &photographs, "--out", &out, "--classes", "normal,glaucoma", "--labels", &labels]);
    assert!(words.contains("`1` (4)") && words.contains("`--labels 1=glaucoma`"), "{words}");
    let listed = scene.explain("listed", &["--labels", &text(table), "--labels", "1=glaucoma"]);
    let rows = csv_rows(&folders.join("predictions.csv"));
    assert_eq!(rows, csv_rows(&listed.join("predictions.csv")));
    assert_eq!(rows.len(), 8);
    for row in rows {
        let outcome = match (row["label"].as_str(), row["predicted"].as_str()) {
            ("glaucoma", "glaucoma") => "true_positive",
            ("normal", "normal") => "true_negative",
            ("normal", "glaucoma") => "false_positive",
            ("glaucoma", "normal") => "false_negative",
            other => panic!("{other:?}"),
        };
        assert_eq!(row["outcome"], outcome);
        let name = if row["image"].contains("normal") { "normal" } else { "glaucoma" };
        assert_eq!(row["label"], name);
        let confidence: f32 = row["confidence"].parse().unwrap();
        let stem = Path::new(&row["image"]).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(folders.join(format!("panels/{outcome}/{confidence:.3}_{name}_{stem}.png")).exists());
    }
}

#[test]
fn without_labels_panels_lie_by_prediction() {
    let scene = Scene::new();
    let out = scene.explain("out", &[]);
    for row in csv_rows(&out.join("predictions.csv")) {
        assert_eq!(row["outcome"], format!("predicted/{}", row["predicted"]));
        assert!(row["label"].is_empty());
    }
}

#[test]
fn nothing_but_the_tables_can_be_asked_for() {
    let scene = Scene::new();
    let out = scene.explain("out", &["--save", "none"]);
    assert_eq!(files(&out).into_keys().collect::<Vec<_>>(), ["predictions.csv", "run.json"]);
}

#[test]
fn overlays_have_the_photographs_own_pixels() {
    let scene = Scene::new();
    let out = scene.explain("out", &["--save", "overlay,heatmap", "--preprocess", "imagenet", "--class", "glaucoma"]);
    for name in ["overlays/normal_0.glaucoma.png", "heatmaps/normal_0.glaucoma.png"] {
        let picture = decode(&std::fs::read(out.join(name)).unwrap(), &DecodeLimits::default()).unwrap();
        assert_eq!((picture.width, picture.height), (96, 64), "{name}");
    }
    assert!(!out.join("panels").exists() && !out.join("maps").exists());
}

#[test]
fn tensors_and_photographs_give_the_same() {
    let scene = Scene::new();
    let photograph = scene.path("photographs/glaucoma/2.png");
    let prepared = heatlens_imaging::Preprocess::imagenet_exact().prepare(&picture(6), [224, 224]).unwrap();
    let mut batch = prepared.tensor.clone();
    batch.extend_from_slice(&prepared.tensor);
    std::fs::write(scene.path("batch.npy"), write_npy(&[2, 3, 224, 224], &batch)).unwrap();
    let from_photograph = scene.explain_input(&text(photograph), "photograph", &["--class", "glaucoma"]);
    let from_tensor = scene.explain_input(&text(scene.path("batch.npy")), "tensor", &["--class", "glaucoma"]);
    let rows = csv_rows(&from_tensor.join("predictions.csv"));
    assert!(rows[1]["image"].ends_with("batch.npy[1]"));
    let expected = npy(from_photograph.join("maps/2.glaucoma.npy"));
    for name in ["batch_0", "batch_1"] {
        assert_eq!(npy(from_tensor.join(format!("maps/{name}.glaucoma.npy"))), expected);
    }
}

#[test]
fn several_layers_are_drawn_side_by_side() {
    let scene = Scene::new();
    let layers: serde_json::Value = serde_json::from_str(&succeed(&["layers", &demo_model(), "--json"])).unwrap();
    let layers = layers.as_array().unwrap();
    let (early, last) =
        (&layers[layers.len() / 2], layers.iter().find(|layer| layer["default"] == true).expect("a default layer"));
    let names = [early, last].map(|layer| layer["layer"].as_str().unwrap());
    let input = text(scene.path("photographs/normal/0.png"));
    let out = scene.explain_input(&input, "out", &["--layer", names[0], "--layer", names[1], "--class", "glaucoma"]);
    for (layer, name) in [early, last].into_iter().zip(names) {
        let raw = npy(out.join(format!("maps/0.glaucoma.{name}.raw.npy")));
        let cells: Vec<usize> =
            layer["cells"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        assert_eq!(raw.shape, cells);
    }
}

#[test]
fn json_is_one_object_a_line_and_image() {
    let scene = Scene::new();
    let (model, input, out) = (demo_model(), text(scene.path("photographs")), text(scene.path("out")));
    let lines = succeed(&["explain", &model, &input, "--out", &out, "--json"]);
    let rows: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 8);
    for row in rows {
        assert!(row["confidence"].as_f64().unwrap() >= 0.5);
        for file in row["files"].as_array().unwrap() {
            assert!(scene.path("out").join(file.as_str().unwrap()).exists());
        }
    }
}

#[test]
fn a_run_says_what_it_depended_on() {
    let scene = Scene::new();
    let out = scene.explain("out", &["--labels", "folders", "--method", "hirescam"]);
    let run: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["methods"][0], "hirescam");
    assert_eq!(run["positive"], "glaucoma");
    assert_eq!((&run["task"], &run["data"]["cases"]), (&"explain".into(), &8.into()));
    assert_eq!(run["model"]["input"]["layout"], "nchw");
    assert_eq!(run["model"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(run["preprocessing"]["sha256"].as_str().unwrap().len(), 64);
    assert!(
        run["notes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|note| note.as_str().unwrap().contains("preprocessing was not given"))
    );
}
