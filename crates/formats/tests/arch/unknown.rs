//! What cannot be recognised, or only in part.

use heatlens_formats::{FormatError, LoadOptions, torch::arch};
use heatlens_graph::Tensor;

use crate::small::{build, options, resnet, state};

fn text(result: Result<arch::Built, FormatError>) -> String {
    match result {
        Err(error @ FormatError::UnknownArchitecture(_)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_weight_without_a_place_is_named() {
    let mut weights = resnet(&["fc weight=2x16"]);
    weights.insert("layer1.0.gate.fc1.weight", Tensor::f32([1, 4, 1, 1], vec![0.0; 4]));
    let error = text(build(&weights));
    for part in [
        "nearest is resnet18",
        "`layer1.0.gate.fc1.weight` [1, 4, 1, 1]",
        "import torch",
        "model.eval()",
        "torch.onnx.export(",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_missing_weight_is_named() {
    let error = text(build(&resnet(&[])));
    assert!(error.contains("no `fc.weight`"), "{error}");
}

#[test]
fn a_wrong_shape_is_named() {
    let error = text(build(&resnet(&["fc weight=2x17"])));
    assert!(error.contains("`fc.weight`") && error.contains("[2, 17]") && error.contains("16 features"), "{error}");
}

#[test]
fn a_network_of_another_kind_is_told_by_its_first_names() {
    let error = text(build(&state(["cls_token x=1x1x8", "blocks.0.attn.qkv weight=24x8 bias=24"])));
    assert!(error.contains("blocks.0.attn") || error.contains("cls_token"), "{error}");
    let error = text(build(&state([])));
    assert!(error.contains("no tensor"), "{error}");
}

#[test]
fn an_unknown_name_lists_the_nearest() {
    let named = |name| LoadOptions { architecture: Some(name), ..options() };
    let error = text(arch::build(&resnet(&["fc weight=2x16"]), None, &named("resnet19")));
    assert!(error.contains("resnet18"), "{error}");
    let error = text(arch::build(&resnet(&["fc weight=2x16"]), None, &named("vgg16")));
    assert!(error.contains("do not fit `vgg16`"), "{error}");
}

#[test]
fn the_name_of_another_member_is_refused() {
    let vgg = |n: usize| {
        let mut lines = vec!["features.0 weight=8x3x3x3 bias=8".to_owned()];
        let positions = [3, 6, 8, 11, 13, 16, 18, 20];
        lines.extend(positions[..n - 1].iter().map(|at| format!("features.{at} weight=8x8x3x3 bias=8")));
        lines.push("classifier weight=2x8".to_owned());
        state(lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let named = |name| LoadOptions { architecture: Some(name), ..options() };
    assert!(text(arch::build(&vgg(8), None, &named("vgg13"))).contains("those of vgg11"));
    let unusual = arch::build(&vgg(9), None, &named("vgg13")).unwrap();
    assert_eq!(unusual.name, "vgg13");
    assert!(unusual.notes.iter().any(|note| note.contains("unusual")), "{:?}", unusual.notes);
    // What stands between the convolutions of someone's own stack is assumed, and said.
    assert!(unusual.notes.iter().any(|note| note.contains("no standard VGG")), "{:?}", unusual.notes);
}

#[test]
fn altered_weights_are_refused_with_advice() {
    for (name, advice) in [
        ("fc.lora_A.weight", "merge_and_unload"),
        ("conv1.weight_mask", "prune.remove"),
        ("fc.parametrizations.weight.original0", "remove_parametrizations"),
        ("fc.zero_point", "quantis"),
    ] {
        let mut weights = resnet(&["fc weight=2x16"]);
        weights.insert(name, Tensor::f32([1], vec![0.0]));
        match build(&weights) {
            Err(FormatError::Unsupported(text)) => assert!(text.contains(advice) && text.contains(name), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_image_too_small_is_the_callers_fault() {
    let weights =
        state(["features.0 weight=8x3x3x3 bias=8", "features.3 weight=8x8x3x3 bias=8", "classifier weight=2x8"]);
    let tiny = LoadOptions { input_size: Some([2, 2]), ..LoadOptions::default() };
    assert!(matches!(arch::build(&weights, None, &tiny), Err(FormatError::Graph(_))));
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let weights = resnet(&["fc.1 weight=2x16 bias=2"]);
    let mut names: Vec<_> = weights.iter().map(|(name, _)| name.to_owned()).collect();
    names.sort();
    let mut sorted = heatlens_formats::torch::StateDict::default();
    for name in names {
        sorted.insert(name.clone(), weights.get(&name).unwrap().clone());
    }
    let nodes = |built: &arch::Built| built.graph.nodes().iter().map(|node| node.name.clone()).collect::<Vec<_>>();
    assert_eq!(nodes(&build(&weights).unwrap()), nodes(&build(&sorted).unwrap()));
}

#[test]
fn other_sizes_and_batches_follow() {
    let built = build(&resnet(&["fc weight=2x16"])).unwrap();
    let larger = built.graph.specialise(&[&[3, 3, 97, 64]]).unwrap();
    assert_eq!(larger.shape(larger.outputs()[0]), [3, 2]);
    assert!(built.graph.specialise(&[&[1, 1, 64, 64]]).is_err());
}
