//! The same network from every form in which people keep their models: the same logits, the same
//! layers, the same map.

use std::path::{Path, PathBuf};

use heatlens::{Explainer, ExplainerOptions, Model, ModelOptions, Target};

const FORMS: [&str; 9] = [
    "state.pth",
    "legacy.pth",
    "wrapped.pth",
    "prefixed.pth",
    "lightning.ckpt",
    "whole.pth",
    "weights.safetensors",
    "torchscript.onnx",
    "dynamo.onnx",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/variants")
}

fn npy(name: &str) -> Vec<f32> {
    heatlens_imaging::read_npy(&std::fs::read(folder().join(name)).unwrap()).unwrap().values
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0f32, |max, (a, b)| max.max((a - b).abs()))
}

#[test]
fn every_form_of_one_network_is_the_same_network() {
    let (input, logits) = (npy("input.npy"), npy("logits.npy"));
    let mut first_map = None;
    for form in FORMS {
        let options = ModelOptions { input_size: Some([64, 64]), ..ModelOptions::default() };
        let model = Model::open(&folder().join(form), &options).unwrap_or_else(|error| panic!("{form}: {error}"));
        let default = model.default_layer().unwrap();
        assert_eq!(default.name, "layer4.1", "{form}");
        for expression in ["layer4[-1]", "layer4.1"] {
            assert_eq!(model.layer(expression).unwrap().value, default.value, "{form}: {expression}");
        }
        let explainer = Explainer::new(&model, &ExplainerOptions::default()).unwrap();
        let explanation = explainer.worker().explain(&input, &[Target::Class(1)]).unwrap();
        let difference = largest_difference(&explanation.prediction.logits, &logits);
        println!("{form}: logits differ by {difference:.1e}");
        assert!(difference <= 1e-5, "{form}: {:?} instead of {logits:?}", explanation.prediction.logits);
        let map = explanation.maps[0].raw.values.clone();
        let reference = first_map.get_or_insert_with(|| map.clone());
        assert!(largest_difference(&map, reference) <= 1e-5, "{form}: the map differs");
    }
}
