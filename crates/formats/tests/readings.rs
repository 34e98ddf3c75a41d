//! Checkpoints as people save them, of which parts say how the others are to be read
//! (`tests/golden/readings/make.py`): what is read, what is said, and what is refused.

use std::collections::HashMap;
use std::path::Path;

use heatlens_formats::scores::{NoScores, ScoreOptions, Scores, scores};
use heatlens_formats::{LoadOptions, LoadedModel, load};

/// The files of `readings.zip` by name.
fn files() -> HashMap<String, Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/readings/readings.zip");
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let entries = heatlens_formats::archive::entries(&bytes).expect("a zip file");
    entries.iter().map(|entry| (entry.name.clone(), entry.read().expect("readable").into_owned())).collect()
}

fn read(files: &HashMap<String, Vec<u8>>, name: &str) -> Result<LoadedModel, String> {
    load(&files[name], &LoadOptions::default()).map_err(|e| e.to_string())
}

/// Files that must be refused, and words of the message.
const REFUSED: &[(&str, &[&str])] = &[
    ("arcface-whole.pth", &["512 features would be read as classes", "`metric_fc.weight` [2, 512]"]),
    ("arcface-state.pth", &["no `fc.weight`", "`metric_fc.weight` [2, 512]"]),
    ("arcface-beside.pth", &["16 outputs", "`metric_fc.weight` [2, 16]", "ArcFace"]),
    ("arcface-in-loss.pth", &["16 outputs", "`loss.weight` [2, 16]", "ArcFace"]),
    ("classifier-behind.pth", &["16 outputs", "`classifier.weight` [2, 16]"]),
    ("biometric.pth", &["`biometric_fc.weight` [2, 3]"]),
    ("two-orders.safetensors", &["fit in several orders", "`fc.a`", "`fc.z`"]),
    ("own-relu.pth", &["`__main__.ReLU`", "an activation is needed here"]),
    ("extra-module.pth", &["`noise`", "Softshrink", "has nothing in its place"]),
];

/// Files that are read, and words of their notes.
const READ: &[(&str, &[&str])] = &[
    ("arcface-as-fc.pth", &["`fc` has no bias", "ArcFace"]),
    ("net-and-classifier.pth", &["joined: `net`, `classifier`", "assumed that `classifier` takes the pooled features"]),
    ("criterion.pth", &["left out what by its name takes no part in the prediction: `criterion.weight` [2]"]),
    (
        "head-beside.pth",
        &["took the weights under `state_dict`; `fc` was left\n", "as the module `fc` beside them says"],
    ),
    ("arguments.pth", &["the weights are read as resnetblur18, as the file's `arch` says"]),
    ("wrapper.pth", &["wrapper", "whose own code is not read"]),
    ("beside.pth", &["`__main__.Net` (the whole)", "not run: `pool` (AdaptiveMaxPool2d)"]),
    ("max-pool.pth", &[]),
    ("one-order.safetensors", &["`fc.input` (linear), ReLU, `fc.bn` (batch normalisation), `fc.out` (linear)"]),
];

#[test]
fn what_cannot_be_known_is_refused_and_named() {
    let files = files();
    for (name, words) in REFUSED {
        let error = read(&files, name).err().unwrap_or_else(|| panic!("{name} was read"));
        for word in *words {
            assert!(error.contains(word), "{name}: `{word}` is not said: {error}");
        }
        assert!(error.contains("export") || error.contains("Export"), "{name}: no way out: {error}");
    }
}

#[test]
fn what_is_assumed_is_said() {
    let files = files();
    for (name, words) in READ {
        let model = read(&files, name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let notes = model.notes.join("\n");
        for word in *words {
            assert!(notes.contains(word), "{name}: `{word}` is not said: {notes}");
        }
        assert_eq!(model.graph.shape(model.graph.outputs()[0]), [1, 2], "{name}");
    }
}

#[test]
fn several_heads_are_outputs_to_choose_from() {
    let model = read(&files(), "two-heads.pth").expect("readable");
    let outputs: Vec<(&str, usize)> = model
        .graph
        .outputs()
        .iter()
        .map(|&output| (model.graph.value(output).name.as_str(), model.graph.shape(output)[1]))
        .collect();
    assert_eq!(outputs, [("head_glaucoma", 2), ("head_dr", 5)]);
    let notes = model.notes.join("\n");
    assert!(notes.contains("each of `head_glaucoma`, `head_dr` takes the pooled features of `backbone`"), "{notes}");
    let choose = |output, classes| scores(&model.graph, &ScoreOptions { output, classes, values: false });
    let error = choose(None, None).unwrap_err().to_string();
    assert!(error.contains("`head_glaucoma`") && error.contains("`head_dr`") && error.contains("--output"), "{error}");
    let classes = |found: Result<Scores, NoScores>| found.map(|s| s.graph.shape(s.graph.outputs()[0])[1]);
    assert_eq!(classes(choose(Some("head_dr"), None)), Ok(5));
    assert_eq!(classes(choose(None, Some(2))), Ok(2));
}

#[test]
fn modules_say_how_they_pool_and_activate() {
    let files = files();
    let ops = |name: &str| -> Vec<&'static str> {
        let model = read(&files, name).unwrap_or_else(|e| panic!("{name}: {e}"));
        model.graph.nodes().iter().map(|node| node.op.name()).collect()
    };
    assert!(ops("max-pool.pth").contains(&"GlobalMaxPool"));
    // The head of the state dict is as the module beside it says.
    let head = ops("head-beside.pth");
    assert!(head.contains(&"Tanh") && head.contains(&"LogSoftmax"), "{head:?}");
    // A script's arguments say which of several networks it is, and how it pools.
    let blurred = ops("arguments.pth");
    assert!(blurred.contains(&"Pad") && blurred.contains(&"GlobalMaxPool"), "{blurred:?}");
}

#[test]
fn classes_are_read_from_the_file() {
    let files = files();
    for (name, classes) in
        [("head-beside.pth", ["glaucoma", "normal"]), ("idx-to-class.pth", ["a", "b"]), ("class-list.pth", ["a", "b"])]
    {
        let model = read(&files, name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(model.classes.expect("classes"), classes, "{name}");
    }
    let config = br#"{"architecture": "resnetblur18", "global_pool": "avg", "id2label": {"0": "no", "1": "yes"}}"#;
    let sibling =
        |name: &str| if name == "config.json" { Ok(config.to_vec()) } else { Err(std::io::ErrorKind::NotFound.into()) };
    let options = LoadOptions { sibling: Some(&sibling), ..LoadOptions::default() };
    let model = load(&files["criterion.pth"], &options).expect("readable");
    assert_eq!(model.classes.expect("classes"), ["no", "yes"]);
}

#[test]
fn twins_are_listed_until_something_tells_them_apart() {
    let files = files();
    let model = read(&files, "criterion.pth").expect("readable");
    let names: Vec<&str> = model.twins.iter().map(|twin| twin.name.as_str()).collect();
    assert!(names.contains(&"resnet18:max-pool") && names.contains(&"resnet18:silu"), "{names:?}");
    let note = model.notes.iter().find(|note| note.contains("names and shapes are the same")).expect("a note");
    for twin in &model.twins {
        assert!(note.contains(&twin.name) && note.contains(&twin.differs), "{note}");
        let options = LoadOptions { architecture: Some(&twin.name), ..LoadOptions::default() };
        let built = load(&files["criterion.pth"], &options).unwrap_or_else(|e| panic!("{}: {e}", twin.name));
        assert_eq!((built.architecture.as_deref(), built.twins.len()), (Some(twin.name.as_str()), 0));
    }
    // A whole module tells everything.
    assert!(read(&files, "max-pool.pth").expect("readable").twins.is_empty());
}
