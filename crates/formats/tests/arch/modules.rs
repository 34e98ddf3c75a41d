//! Pickled modules: their attributes win over the definition's.

use heatlens_formats::torch::{Attribute, arch};
use heatlens_graph::{Op, ops::Padding};

use crate::golden;
use crate::small::{module, options, resnet, state};

#[test]
fn geometry_and_epsilon_are_read_from_the_modules() {
    let pair = |n: i64| Attribute::Ints(vec![n, n]);
    let geometry = [("stride", pair(1)), ("padding", pair(2)), ("dilation", pair(2)), ("groups", Attribute::Int(1))];
    let block = module(
        "torchvision.models.resnet.BasicBlock",
        &[],
        vec![
            ("conv1", module("torch.nn.modules.conv.Conv2d", &geometry, vec![])),
            ("bn1", module("torch.nn.modules.batchnorm.BatchNorm2d", &[("eps", Attribute::Float(0.25))], vec![])),
            (
                "relu",
                module("torch.nn.modules.activation.LeakyReLU", &[("negative_slope", Attribute::Float(0.5))], vec![]),
            ),
        ],
    );
    let layer = module("torch.nn.modules.container.Sequential", &[], vec![("0", block)]);
    let tree = module("torchvision.models.resnet.ResNet", &[], vec![("layer1", layer)]);
    let built = arch::build(&resnet(&["fc weight=2x16"]), Some(&tree), &options()).unwrap();
    let node = |path: &str| built.graph.nodes().iter().find(|node| node.module.as_str() == path).unwrap();
    match &node("layer1.0.conv1").op {
        Op::Conv(conv) => {
            assert_eq!((conv.dilations, conv.padding, conv.strides), ([2, 2], Padding::symmetric([2, 2]), [1, 1]))
        }
        other => panic!("{other:?}"),
    }
    assert!(format!("{:?}", node("layer1.0.bn1").op).contains("0.25"));
    assert!(format!("{:?}", node("layer1.0.relu").op).contains("LeakyRelu { alpha: 0.5 }"));
}

#[test]
fn a_replaced_stem_needs_the_pickled_module() {
    let mut weights = resnet(&["fc weight=2x16"]);
    weights.insert("conv1.weight", crate::formula::tensor("conv1.weight", &[4, 3, 3, 3], 1.0));
    let error = arch::build(&weights, None, &options()).unwrap_err().to_string();
    assert!(error.contains("`conv1.weight`") && error.contains("7×7"), "{error}");

    let one = Attribute::Ints(vec![1, 1]);
    let geometry = [("stride", one.clone()), ("padding", one.clone()), ("dilation", one)];
    let tree = module(
        "torchvision.models.resnet.ResNet",
        &[],
        vec![("conv1", module("torch.nn.modules.conv.Conv2d", &geometry, vec![]))],
    );
    let built = arch::build(&weights, Some(&tree), &options()).unwrap();
    let stem = built.graph.nodes().iter().find(|node| node.module.as_str() == "conv1").unwrap();
    assert_eq!(built.graph.shape(stem.outputs[0]), [1, 4, 64, 96]);
}

#[test]
fn a_class_of_the_user_is_said() {
    let tree = module("__main__.Net", &[], vec![]);
    let built = arch::build(&resnet(&["fc weight=2x16"]), Some(&tree), &options()).unwrap();
    assert!(built.notes.iter().any(|note| note.contains("__main__.Net")), "{:?}", built.notes);
    let tree = module("torchvision.models.resnet.ResNet", &[], vec![]);
    let built = arch::build(&resnet(&["fc weight=2x16"]), Some(&tree), &options()).unwrap();
    assert!(!built.notes.iter().any(|note| note.contains("torchvision.models")), "{:?}", built.notes);
}

#[test]
fn padding_by_another_mode_is_refused() {
    let one = Attribute::Ints(vec![1, 1]);
    let reflecting = [
        ("stride", one.clone()),
        ("padding", one.clone()),
        ("dilation", one),
        ("padding_mode", Attribute::Str("reflect".into())),
    ];
    let tree = module(
        "torchvision.models.vgg.VGG",
        &[],
        vec![(
            "features",
            module(
                "torch.nn.modules.container.Sequential",
                &[],
                vec![("0", module("torch.nn.modules.conv.Conv2d", &reflecting, vec![]))],
            ),
        )],
    );
    let weights = state(["features.0 weight=8x3x3x3 bias=8", "classifier weight=2x8"]);
    let error = arch::build(&weights, Some(&tree), &options()).unwrap_err().to_string();
    assert!(error.contains("features.0") && error.contains("padding"), "{error}");
}

#[test]
fn a_pooling_layer_may_be_gone_but_not_another() {
    let replaced = |class: &str| {
        let tree = module("torchvision.models.resnet.ResNet", &[], vec![("maxpool", module(class, &[], vec![]))]);
        arch::build(&resnet(&["fc weight=2x16"]), Some(&tree), &options())
    };
    let gone = replaced("torch.nn.modules.linear.Identity").unwrap();
    assert!(gone.graph.nodes().iter().all(|node| node.op.name() != "MaxPool"));
    let error = replaced("torch.nn.modules.pooling.AvgPool2d").unwrap_err().to_string();
    assert!(error.contains("`maxpool`") && error.contains("`MaxPool2d` is needed"), "{error}");
}

#[test]
fn twins_are_told_apart_by_the_pickled_stem_and_else_by_name() {
    let file = golden::files("timm", &["tf_efficientnet_lite0"]).remove(0);
    let weights = golden::Golden::read(&file).weights;
    let built = arch::build(&weights, None, &options()).unwrap();
    assert_eq!(built.name, "efficientnet_lite0");
    assert!(built.notes.iter().any(|note| note.contains("tf_efficientnet_lite0")), "{:?}", built.notes);

    let geometry = [("stride", Attribute::Ints(vec![2, 2])), ("dilation", Attribute::Ints(vec![1, 1]))];
    let stem = module("timm.layers.conv2d_same.Conv2dSame", &geometry, vec![]);
    let tree = module("timm.models.efficientnet.EfficientNet", &[], vec![("conv_stem", stem)]);
    let built = arch::build(&weights, Some(&tree), &options()).unwrap();
    assert_eq!(built.name, "tf_efficientnet_lite0");
    assert!(built.notes.is_empty(), "{:?}", built.notes);

    let named = |name| heatlens_formats::LoadOptions { architecture: Some(name), ..options() };
    let error = arch::build(&weights, None, &named("efficientnet_b0")).unwrap_err().to_string();
    assert!(error.contains("those of efficientnet_lite0, not of efficientnet_b0"), "{error}");
}
