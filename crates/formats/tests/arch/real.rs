//! Trained checkpoints against PyTorch and pytorch-grad-cam, where the shared test material lies
//! beside the checkout.

use std::collections::HashMap;
use std::path::PathBuf;

use heatlens_formats::LoadOptions;
use heatlens_graph::layers;

use super::shared::shared;

use crate::golden::{Golden, compare};

/// Checkpoints, the architecture that must be recognised, the target layer, and whether it is the
/// default.
const MODELS: &[(&str, &str, &str, bool)] = &[
    ("resnet18", "resnet18", "layer4.1", true),
    ("densenet121", "densenet121", "features.norm5", true),
    ("efficientnet_b0", "efficientnet_b0", "features.8", true),
    ("vgg11_bn", "vgg11_bn", "features.25", false),
    ("mobilenet_v3_small-marker", "mobilenet_v3_small", "features.12", true),
];

/// The f32 arrays of an `.npz`.
fn arrays(path: &PathBuf) -> HashMap<String, Vec<f32>> {
    let file = std::fs::read(path).expect("a reference");
    let mut arrays = HashMap::new();
    for entry in heatlens_formats::archive::entries(&file).expect("an archive") {
        let name = entry.name.trim_end_matches(".npy").to_owned();
        let bytes = entry.read().expect("its bytes");
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        if String::from_utf8_lossy(&bytes[..10 + header]).contains("'<f4'") {
            let floats = bytes[10 + header..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            arrays.insert(name, floats.collect());
        }
    }
    arrays
}

#[test]
#[ignore = "needs the material beside the checkout"]
fn trained_checkpoints() {
    for &(file, architecture, layer, is_default) in MODELS {
        let bytes = std::fs::read(shared(&format!("models/{file}.pth"))).expect("a checkpoint");
        let model =
            heatlens_formats::load(&bytes, &LoadOptions { input_size: Some([224, 224]), ..LoadOptions::default() })
                .expect("a model");
        assert_eq!(model.architecture.as_deref(), Some(architecture));
        for image in ["247_left", "2661_right"] {
            let mut arrays = arrays(&shared(&format!("golden/{file}__{image}.npz")));
            let input = arrays.remove("input").expect("the input");
            let target = layers::resolve(&model.graph, layer).expect("the layer").value;
            let golden = Golden {
                expect: file.to_owned(),
                input: [3, 224, 224],
                logits: arrays["logits"].clone(),
                layer: layer.to_owned(),
                is_default,
                layer_shape: model.graph.shape(target)[1..].to_vec(),
                mean: arrays["activation_mean"].clone(),
                cams: (0..2).map(|class| (class, arrays[&format!("gradcam/{class}/raw")].clone())).collect(),
                ..Golden::default()
            };
            let [logits, mean, cam] = compare(&golden, model.graph.clone(), &input);
            println!("{file} {image}: logits {logits:.1e}, activation {mean:.1e}, GradCAM {cam:.1e}");
            assert!(logits <= 1e-4 && mean <= 1e-3 && cam <= 1e-3);
        }
    }
}

#[test]
#[ignore = "needs the material beside the checkout"]
fn a_legacy_checkpoint_of_a_stand_alone_package() {
    let bytes = std::fs::read(shared("models/efficientnet_lite0-imagenet-legacy.pth")).expect("a checkpoint");
    let model = heatlens_formats::load(&bytes, &LoadOptions::default()).expect("a model");
    assert_eq!(model.architecture.as_deref(), Some("efficientnet-lite0"));
    assert_eq!(model.graph.shape(model.graph.outputs()[0]), [1, 1000]);
}
