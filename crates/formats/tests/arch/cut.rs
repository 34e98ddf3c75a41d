//! Networks that were cut up, and several in one file: what people's scripts leave of the names.

use std::collections::BTreeMap;

use heatlens_formats::torch::StateDict;
use heatlens_formats::{FormatError, LoadOptions, LoadedModel, load};
use safetensors::serialize;
use safetensors::tensor::{Dtype, TensorView};

use crate::golden::{self, Golden};

/// The modules of networks in the order in which `net.children()` gives them, the classifier last.
const CHILDREN: &[(&str, &str)] = &[
    ("torchvision/resnet18", "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool fc"),
    ("torchvision/mobilenet_v2", "features classifier.1"),
    ("torchvision/regnet_y_400mf", "stem trunk_output avgpool fc"),
    ("timm/efficientnet_b0", "conv_stem bn1 blocks conv_head bn2 global_pool classifier"),
    ("timm/cs3darknet_s", "stem stages head.fc"),
    ("timm/ese_vovnet19b_slim_dw", "stem stages head.fc"),
    ("timm/nf_regnet_b0", "stem stages final_conv final_act head.fc"),
    ("timm/repvgg_a0", "stem stages final_conv head.fc"),
    ("timm/regnetz_b16", "stem stages final_conv head.fc"),
    ("timm/rexnet_100", "stem features head.fc"),
    ("timm/xception41", "stem blocks act head.fc"),
    ("timm/ghostnet_050", "conv_stem bn1 act1 blocks global_pool conv_head act2 flatten classifier"),
    ("timm/legacy_seresnet18", "layer0 pool0 layer1 layer2 layer3 layer4 global_pool last_linear"),
];

/// A file of these weights, and what it is read as.
fn read(weights: &StateDict, options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    let floats = weights.iter().filter_map(|(name, tensor)| Some((name.to_owned(), tensor.shape(), tensor.as_f32()?)));
    let tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = floats
        .map(|(name, shape, values)| (name, (shape.to_vec(), values.iter().flat_map(|v| v.to_le_bytes()).collect())))
        .collect();
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor"))
    });
    load(&serialize(views, None).expect("safetensors"), options)
}

fn reference(name: &str) -> Golden {
    let (package, network) = name.split_once('/').expect("package/network");
    Golden::read(&golden::files(package, &[&format!("{network}.txt")])[0])
}

/// `self.backbone = nn.Sequential(*list(net.children())[:-1])` beside `self.fc`.
#[test]
fn networks_are_known_by_the_numbers_of_their_children() {
    for (name, children) in CHILDREN {
        let golden = reference(name);
        let children: Vec<&str> = children.split(' ').collect();
        let mut cut = StateDict::default();
        for (name, tensor) in golden.weights.iter() {
            let place = |child: &&str| name.strip_prefix(*child).is_some_and(|rest| rest.starts_with('.'));
            let at = children.iter().position(place).unwrap_or_else(|| panic!("{name} lies in no child"));
            let rest = &name[children[at].len()..];
            let body = format!("backbone.{at}{rest}");
            cut.insert(if at + 1 == children.len() { format!("fc{rest}") } else { body }, tensor.clone());
        }
        let [_, height, width] = golden.input;
        let model = read(&cut, &LoadOptions { input_size: Some([height, width]), ..LoadOptions::default() })
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let image = crate::formula::uniform("input", golden.input.iter().product());
        let [logits, _, cam] = golden::compare(&golden, model.graph, &image);
        assert!(logits <= golden::LOGITS && cam <= golden::MAPS, "{name}: logits {logits:e}, GradCAM {cam:e}");
    }
}

/// `nn.Sequential(*list(densenet.children())[:-1])` leaves the last ReLU behind, and code puts it there again or
/// not: the file does not tell, and that is said.
#[test]
fn a_densenet_that_was_cut_may_end_without_its_relu() {
    let weights = reference("torchvision/densenet121").weights;
    for place in ["backbone.0", "features"] {
        let mut cut = StateDict::default();
        for (name, tensor) in weights.iter() {
            let renamed = name.replacen("features", place, 1).replacen("classifier", "fc", 1);
            cut.insert(renamed, tensor.clone());
        }
        let relus = |architecture| {
            let model = read(&cut, &LoadOptions { architecture, ..LoadOptions::default() }).expect("a DenseNet");
            (model.graph.nodes().iter().filter(|node| node.op.name() == "Relu").count(), model.twins)
        };
        let (assumed, twins) = relus(None);
        assert!(twins.iter().any(|twin| twin.name == "densenet121:no-last-relu"), "{place}: {twins:?}");
        assert_eq!(relus(Some("densenet121:no-last-relu")).0 + 1, assumed, "{place}");
    }
}

#[test]
fn one_of_several_networks_is_asked_for_by_its_key() {
    let mut both = StateDict::default();
    for (key, network) in [("first", "torchvision/resnet18"), ("second", "torchvision/mobilenet_v2")] {
        for (name, tensor) in reference(network).weights.iter() {
            both.insert(format!("{key}.{name}"), tensor.clone());
        }
    }
    let error = read(&both, &LoadOptions::default()).expect_err("two networks").to_string();
    assert!(error.contains("--weights first") && error.contains("--weights second"), "{error}");
    for (key, network) in [("first", "resnet18"), ("second", "mobilenet_v2")] {
        let model = read(&both, &LoadOptions { weights: Some(key), ..LoadOptions::default() }).expect("one of them");
        assert!(model.architecture.is_some_and(|name| name.starts_with(network)), "{key}");
    }
}

/// fastai's networks take their activation as an argument, of which weights say nothing.
#[test]
fn an_xresnet_may_have_another_activation() {
    let weights = reference("fastai/xresnet18").weights;
    let relus = |architecture| {
        let model = read(&weights, &LoadOptions { architecture, ..LoadOptions::default() }).expect("an XResNet");
        let relus = model.graph.nodes().iter().filter(|node| node.op.name() == "Relu").count();
        (relus, model.twins.into_iter().map(|twin| twin.name).collect::<Vec<_>>())
    };
    let (plain, twins) = relus(None);
    assert!(plain > 10 && twins == ["xresnet18:mish", "xresnet18:silu"], "{plain} {twins:?}");
    assert_eq!(relus(Some("xresnet18:mish")).0, 0);
}
