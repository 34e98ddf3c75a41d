//! Classifiers as people export them: what goes into their last softmax or sigmoid is found,
//! whatever stands behind it, and what was done is said.

use std::collections::HashMap;

use heatlens_formats::scores::{ScoreOptions, Scores, Squashing, scores};
use heatlens_formats::{LoadOptions, load};
use safetensors::SafeTensors;

use super::{compare, golden, report, run, tensor};

/// A file of `endings.zip`: how many classes it has, what squashes them, and words of its notes.
struct Case(&'static str, Option<Squashing>, &'static [&'static str]);

const SOFTMAX: Option<Squashing> = Some(Squashing::Softmax);
const SIGMOID: Option<Squashing> = Some(Squashing::Sigmoid);

const CASES: &[Case] = &[
    Case("logits", None, &[]),
    Case("softmax", SOFTMAX, &["ends in a Softmax"]),
    Case("log-softmax", SOFTMAX, &["ends in a LogSoftmax"]),
    Case("two-softmaxes", SOFTMAX, &["ends in Softmax, Softmax"]),
    Case("softmax-clamp", SOFTMAX, &["ends in Softmax, Clip"]),
    Case("softmax-reshape", SOFTMAX, &["ends in Softmax, Reshape"]),
    Case("softmax-percent", SOFTMAX, &["ends in Softmax, Mul"]),
    Case("softmax-cast", SOFTMAX, &["ends in a Softmax"]),
    Case("softmax-column", SOFTMAX, &["ends in Softmax, Slice"]),
    Case("softmax-select", SOFTMAX, &["ends in Softmax, Gather"]),
    Case("softmax-log", SOFTMAX, &["ends in Softmax, Add, Log"]),
    Case("exp-log-softmax", SOFTMAX, &["ends in LogSoftmax, Exp"]),
    Case("written-out-softmax", SOFTMAX, &["ends in a Div"]),
    Case("shared-written-out-softmax", SOFTMAX, &["ends in a Div"]),
    Case("temperature", SOFTMAX, &["ends in a Softmax"]),
    Case("sigmoid", SIGMOID, &["ends in a Sigmoid"]),
    Case("sigmoid-squeeze", SIGMOID, &["ends in Sigmoid, Squeeze"]),
    Case("sigmoid-scalar", SIGMOID, &["ends in Sigmoid, Squeeze"]),
    Case("squeeze", None, &[]),
    Case("one-minus", SIGMOID, &["ends in Sigmoid, Sub"]),
    Case("pair", SIGMOID, &["Concat"]),
    Case("pair-turned", SIGMOID, &["Concat"]),
    Case("pair-stacked", SIGMOID, &["Concat"]),
    Case("sigmoids", SIGMOID, &["ends in a Sigmoid", "each of the 4 outputs has a sigmoid of its own"]),
    Case("sigmoids-columns", SIGMOID, &["ends in Sigmoid, Slice", "each of the 2 outputs"]),
    Case("dynamo-softmax", SOFTMAX, &["Softmax, Clip"]),
    Case("dynamo-pair", SIGMOID, &["Concat"]),
    Case("convolution-head", None, &[]),
    Case("convolution-head-softmax", SOFTMAX, &["ends in a Softmax"]),
    Case("arctangent", None, &[]),
    Case("bounded", None, &["all outputs lie between 0 and 1"]),
    Case("embedding-first", None, &["2 outputs", "`prediction` is read as the class scores"]),
    Case("logits-and-probabilities", None, &["`logits` is read as the class scores"]),
    Case("label-first", None, &["`label` was left out: ArgMax is not known here"]),
    Case("batch-of-8", None, &["made for 8 images at a time; it is read for one"]),
    Case("dynamo-batch-of-8", None, &["made for 8 images at a time; it is read for one"]),
    Case("metadata", None, &["input `meta` is fixed to [0.5, -1.0]"]),
    Case("names", SOFTMAX, &[]),
];

fn golden_file(name: &str) -> Vec<u8> {
    let path = golden("..").join("endings").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn read(files: &HashMap<String, Vec<u8>>, name: &str) -> Result<(Scores, Vec<String>), String> {
    let meta = [("meta".to_owned(), vec![0.5, -1.0])];
    let constants: &[_] = if name == "metadata" { &meta } else { &[] };
    let loaded =
        load(&files[&format!("{name}.onnx")], &LoadOptions { constants, one_image: true, ..LoadOptions::default() });
    let loaded = loaded.map_err(|e| e.to_string())?;
    let scores = scores(&loaded.graph, &ScoreOptions::default()).map_err(|e| e.to_string())?;
    Ok((scores, loaded.notes))
}

fn check(Case(name, squashing, words): &Case, files: &HashMap<String, Vec<u8>>) -> Result<(), String> {
    let bytes = golden_file("endings.safetensors");
    let expected = SafeTensors::deserialize(&bytes).expect("safetensors");
    let (scores, mut notes) = read(files, name)?;
    let image = tensor(&expected, "image").expect("an image");
    compare("logits", &run(&scores.graph, &[&image.1])?[0], &tensor(&expected, name).expect("listed"), 1e-5)?;
    if scores.squashing != *squashing {
        return Err(format!("it is squashed by {:?}", scores.squashing));
    }
    notes.extend(scores.notes);
    if let Some(missing) = words.iter().find(|words| !notes.iter().any(|note| note.contains(**words))) {
        return Err(format!("`{missing}` is not said: {notes:?}"));
    }
    if words.is_empty() && squashing.is_none() && !notes.is_empty() {
        return Err(format!("something is said of a plain ending: {notes:?}"));
    }
    Ok(())
}

#[test]
fn every_ending_is_walked_back_to_the_logits() {
    let files = super::operators::unzip(&golden_file("endings.zip"));
    let failures = CASES.iter().filter_map(|case| Some(format!("{}: {}", case.0, check(case, &files).err()?)));
    report(failures.collect());
    let listed: Vec<String> = CASES.iter().map(|case| format!("{}.onnx", case.0)).collect();
    let missing: Vec<_> = files.keys().filter(|name| !listed.contains(name) && *name != "two-heads.onnx").collect();
    assert!(missing.is_empty(), "not tried: {missing:?}");
}

#[test]
fn what_two_readings_fit_is_refused_until_it_is_named() {
    let files = super::operators::unzip(&golden_file("endings.zip"));
    let error = read(&files, "two-heads").unwrap_err();
    assert!(error.contains("`one` [1, 3], `other` [1, 2]") && error.contains("Say which"), "{error}");
    let loaded = load(&files["two-heads.onnx"], &LoadOptions::default()).expect("readable");
    let chosen = |options: ScoreOptions<'_>| {
        scores(&loaded.graph, &options).map(|s| s.graph.value(s.graph.outputs()[0]).name.clone())
    };
    assert_eq!(chosen(ScoreOptions { output: Some("other"), ..ScoreOptions::default() }).unwrap(), "other");
    assert_eq!(chosen(ScoreOptions { classes: Some(3), ..ScoreOptions::default() }).unwrap(), "one");
    let unknown = chosen(ScoreOptions { output: Some("third"), ..ScoreOptions::default() }).unwrap_err().to_string();
    assert!(unknown.contains("no output `third`"), "{unknown}");
    let alone = LoadOptions { output: Some("other"), ..LoadOptions::default() };
    assert_eq!(load(&files["two-heads.onnx"], &alone).expect("readable").graph.outputs().len(), 1);
}

#[test]
fn constants_must_belong_to_inputs() {
    let files = super::operators::unzip(&golden_file("endings.zip"));
    let with = |name: &str, values: &[f32]| {
        let constants = [(name.to_owned(), values.to_vec())];
        let options = LoadOptions { constants: &constants, ..LoadOptions::default() };
        load(&files["metadata.onnx"], &options).map(|loaded| loaded.graph.inputs().len()).map_err(|e| e.to_string())
    };
    assert_eq!(with("meta", &[0.25]), Ok(1));
    assert!(with("meta", &[1.0, 2.0, 3.0]).unwrap_err().contains("cannot be fixed to 3 values"));
    assert!(with("other", &[1.0]).unwrap_err().contains("no input `other`"));
}

#[test]
fn columns_in_another_order_stay_in_it() {
    use heatlens_graph::ops::{Gather, Relu, Slice, Softmax};
    use heatlens_graph::{DType, Dim, Graph, ModulePath, Tensor};

    let root = ModulePath::root();
    for turned_by_slice in [true, false] {
        let mut graph = Graph::new();
        let x = graph.input("x", DType::F32, [1, 3].map(Dim::Fixed).to_vec(), &[1, 3]);
        let logits = graph.add(Relu, &[x], &root).unwrap();
        let p = graph.add(Softmax { axis: -1 }, &[logits], &root).unwrap();
        let mut ints = |values: &[i64]| graph.constant("", Tensor::ints(values));
        let turned = if turned_by_slice {
            let by = [ints(&[-1]), ints(&[i64::MIN]), ints(&[1]), ints(&[-1])];
            graph.add(Slice, &[&[p][..], &by].concat(), &root).unwrap()
        } else {
            let by = ints(&[2, 1, 0]);
            graph.add(Gather { axis: 1 }, &[p, by], &root).unwrap()
        };
        graph.set_outputs(vec![turned]);
        let read = scores(&graph, &ScoreOptions::default()).unwrap();
        assert_eq!(read.squashing, SOFTMAX);
        assert_eq!(run(&read.graph, &[&[1.0, 2.0, 3.0]]).unwrap()[0].1, [3.0, 2.0, 1.0]);
    }
}
