//! Classifiers as users replace them.

use heatlens_formats::torch::{Attribute, ModuleTree, arch};

use crate::small::{build, head_of, module, options, resnet, state};
use crate::{formula, golden};

fn sequential(children: Vec<(&str, ModuleTree)>) -> ModuleTree {
    let head = module("torch.nn.modules.container.Sequential", &[], children);
    module("torchvision.models.resnet.ResNet", &[], vec![("fc", head)])
}

#[test]
fn dropout_and_linear() {
    let built = build(&resnet(&["fc.1 weight=2x16 bias=2"])).unwrap();
    assert_eq!(head_of(&built), ["Gemm fc.1"]);
    assert_eq!(built.graph.shape(built.graph.outputs()[0]), [1, 2]);
    assert!(!built.notes.iter().any(|note| note.contains("ReLU")), "{:?}", built.notes);
}

#[test]
fn a_relu_is_assumed_between_linear_layers_and_said() {
    let built = build(&resnet(&["fc.0 weight=8x16 bias=8", "fc.3 weight=3x8 bias=3"])).unwrap();
    assert_eq!(head_of(&built), ["Gemm fc.0", "Relu fc.1", "Gemm fc.3"]);
    assert!(
        built.notes.iter().any(|note| note.contains("ReLU is assumed") && note.contains("`fc.0`")),
        "{:?}",
        built.notes
    );
}

#[test]
fn an_activation_that_was_asked_for_is_not_assumed() {
    let head = ["fc.0 weight=8x16 bias=8", "fc.3 weight=6x8 bias=6", "fc.5 weight=3x6 bias=3"];
    let plain = build(&resnet(&head)).unwrap();
    let twin = plain.twins.iter().find(|twin| twin.name.ends_with(":head-none")).expect("a twin");
    let nodes = |name: &str| {
        let named = heatlens_formats::LoadOptions { architecture: Some(name), ..options() };
        let built = arch::build(&resnet(&head), None, &named).unwrap();
        assert!(!built.notes.iter().any(|note| note.contains("assumed")), "{:?}", built.notes);
        head_of(&built)
    };
    assert_eq!(nodes(&twin.name), ["Gemm fc.0", "Gemm fc.3", "Gemm fc.5"]);
    assert_eq!(nodes("resnet18:head-tanh"), ["Gemm fc.0", "Tanh fc.1", "Gemm fc.3", "Tanh fc.4", "Gemm fc.5"]);
    assert_eq!(nodes("resnet18:head-none+elu"), ["Gemm fc.0", "Gemm fc.3", "Elu fc.4", "Gemm fc.5"]);
}

#[test]
fn two_values_of_each_channel_are_in_fastais_order_or_asked_for() {
    let fastai = build(&resnet(&["fc.2 norm=32", "fc.4 weight=3x32"])).unwrap();
    let concat = |built: &arch::Built| {
        let join = built.graph.nodes().iter().find(|node| node.op.name() == "Concat").expect("joined");
        let producer = |i: usize| {
            let value = built.graph.value(join.inputs[i].expect("an input"));
            built.graph.node(value.producer.expect("a node")).op.name()
        };
        [producer(0), producer(1)]
    };
    assert_eq!(concat(&fastai), ["GlobalMaxPool", "GlobalAveragePool"]);
    assert!(fastai.notes.iter().any(|note| note.contains("AdaptiveConcatPool2d")), "{:?}", fastai.notes);

    let other = resnet(&["fc weight=3x32 bias=3"]);
    let error = build(&other).unwrap_err().to_string();
    for way in ["resnet18:catavgmax-pool", "resnet18:catmaxavg-pool"] {
        assert!(error.contains(way), "{error}");
    }
    let named = heatlens_formats::LoadOptions { architecture: Some("resnet18:catavgmax-pool"), ..options() };
    assert_eq!(concat(&arch::build(&other, None, &named).unwrap()), ["GlobalAveragePool", "GlobalMaxPool"]);
}

#[test]
fn named_layers_run_in_the_order_of_the_file() {
    let built = build(&resnet(&["fc.hidden weight=8x16 bias=8", "fc.last weight=3x8"])).unwrap();
    assert_eq!(head_of(&built), ["Gemm fc.hidden", "Relu fc", "Gemm fc.last"]);
}

#[test]
fn numbered_layers_run_by_number_in_a_sorted_file() {
    let built = build(&resnet(&["fc.10 weight=3x8 bias=3", "fc.2 weight=8x16 bias=8"])).unwrap();
    assert_eq!(head_of(&built), ["Gemm fc.2", "Relu fc.3", "Gemm fc.10"]);
}

#[test]
fn nothing_stands_between_neighbours() {
    let built = build(&resnet(&["fc.0 weight=8x16 bias=8", "fc.1 weight=3x8 bias=3"])).unwrap();
    assert_eq!(head_of(&built), ["Gemm fc.0", "Gemm fc.1"]);
}

#[test]
fn normalisation_stands_where_its_number_says() {
    let behind = build(&resnet(&["fc.0 weight=8x16", "fc.1 norm=8", "fc.4 weight=3x8 bias=3"])).unwrap();
    assert_eq!(head_of(&behind), ["Gemm fc.0", "BatchNormalization fc.1", "Relu fc.2", "Gemm fc.4"]);
    let after_relu = build(&resnet(&["fc.0 weight=8x16", "fc.2 norm=8", "fc.4 weight=3x8 bias=3"])).unwrap();
    assert_eq!(head_of(&after_relu), ["Gemm fc.0", "Relu fc.1", "BatchNormalization fc.2", "Gemm fc.4"]);
}

#[test]
fn a_pickled_head_says_what_it_computes() {
    let linear = || module("torch.nn.modules.linear.Linear", &[], vec![]);
    let tree = sequential(vec![
        ("0", linear()),
        ("1", module("torch.nn.modules.activation.Tanh", &[], vec![])),
        ("2", module("torch.nn.modules.dropout.Dropout", &[("p", Attribute::Float(0.5))], vec![])),
        ("3", linear()),
        ("4", module("torch.nn.modules.activation.Softmax", &[], vec![])),
    ]);
    let built =
        arch::build(&resnet(&["fc.0 weight=8x16 bias=8", "fc.3 weight=3x8 bias=3"]), Some(&tree), &options()).unwrap();
    // What squashes at the end says how the outputs are read.
    assert_eq!(head_of(&built), ["Gemm fc.0", "Tanh fc.1", "Gemm fc.3", "Softmax fc.4"]);
    assert!(!built.notes.iter().any(|note| note.contains("assumed")), "{:?}", built.notes);
}

#[test]
fn a_pickled_head_of_an_unknown_class_is_refused() {
    let head = module("__main__.Head", &[], vec![("a", module("torch.nn.modules.linear.Linear", &[], vec![]))]);
    let tree = module("torchvision.models.resnet.ResNet", &[], vec![("fc", head)]);
    let error = arch::build(&resnet(&["fc.a weight=3x16 bias=3"]), Some(&tree), &options()).unwrap_err().to_string();
    assert!(error.contains("__main__.Head"), "{error}");
}

#[test]
fn pooling_follows_what_the_classifier_takes() {
    let vgg = |features: usize| {
        let head = format!("classifier weight=2x{features} bias=2");
        state(["features.0 weight=8x3x3x3 bias=8", "features.3 weight=8x8x3x3 bias=8", &head])
    };
    let pooled = |features: usize| {
        let built = build(&vgg(features)).unwrap();
        built
            .graph
            .nodes()
            .iter()
            .find(|node| node.module.as_str() == "avgpool")
            .map(|node| format!("{:?}", node.op))
            .unwrap()
    };
    assert!(pooled(8).contains("GlobalAveragePool"));
    assert!(pooled(8 * 49).contains("output: [7, 7]"));
    assert!(pooled(8 * 9).contains("output: [3, 3]"));
    assert!(build(&vgg(8 * 49 + 1)).is_err());
}

#[test]
fn a_hidden_layer_of_the_users_own_is_not_taken_for_the_networks() {
    let file = golden::files("torchvision", &["mobilenet_v3_small"]).remove(0);
    let mut weights = golden::Golden::read(&file).weights;
    let own = build(&weights).unwrap();
    assert_eq!(head_of(&own), ["Gemm classifier.0", "HardSwish classifier.1", "Gemm classifier.3"]);
    assert!(own.notes.is_empty(), "{:?}", own.notes);
    for (name, shape) in
        [("classifier.0.weight", vec![64, 576]), ("classifier.0.bias", vec![64]), ("classifier.3.weight", vec![5, 64])]
    {
        weights.insert(name, formula::tensor(name, &shape, 1.0));
    }
    let replaced = build(&weights).unwrap();
    assert_eq!(head_of(&replaced), ["Gemm classifier.0", "Relu classifier.1", "Gemm classifier.3"]);
    assert!(replaced.notes.iter().any(|note| note.contains("ReLU is assumed")), "{:?}", replaced.notes);
}
