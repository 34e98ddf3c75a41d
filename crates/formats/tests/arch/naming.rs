//! The same network under other names is the same network.

use heatlens_formats::torch::{StateDict, arch};

use crate::golden::{self, Golden};
use crate::small::options;

/// Builds a reference's weights as they are and under other names; both must compute the same from
/// the same constants.
fn same_under(package: &str, network: &str, rename: impl Fn(&str) -> String) -> arch::Built {
    let file = golden::files(package, &[network]).remove(0);
    let weights = Golden::read(&file).weights;
    let mut renamed = StateDict::default();
    for (name, tensor) in weights.iter() {
        renamed.insert(rename(name), tensor.clone());
    }
    let (one, other) = [&weights, &renamed].map(|weights| arch::build(weights, None, &options()).unwrap()).into();
    let ops = |built: &arch::Built| built.graph.nodes().iter().map(|node| format!("{:?}", node.op)).collect::<Vec<_>>();
    assert_eq!(ops(&one), ops(&other));
    let constants = |built: &arch::Built| {
        built.graph.values().iter().filter_map(|value| value.constant.clone()).collect::<Vec<_>>()
    };
    assert!(constants(&one) == constants(&other), "the constants differ");
    assert_eq!(one.name, other.name);
    other
}

#[test]
fn old_densenet_files_have_dots_in_their_names() {
    let built = same_under("torchvision", "densenet121", |name| {
        let dotted = ["norm1", "conv1", "norm2", "conv2"].iter().find(|part| name.contains(&format!(".{part}.")));
        dotted.map_or(name.to_owned(), |part| name.replace(part, &format!("{}.{}", &part[..4], &part[4..])))
    });
    assert!(built.graph.find("features.denseblock1.denselayer1.norm.1.weight").is_some());
}

#[test]
fn convnext_as_its_authors_name_it() {
    let parts = [
        ("block.0", "dwconv"),
        ("block.2", "norm"),
        ("block.3", "pwconv1"),
        ("block.5", "pwconv2"),
        ("layer_scale", "gamma"),
    ];
    let built = same_under("torchvision", "convnext_tiny", |name| {
        let rest = match name.strip_prefix("classifier.") {
            Some(rest) => return rest.replace("0.", "norm.").replace("2.", "head."),
            None => name.strip_prefix("features.").expect("a part of the features"),
        };
        let (stage, rest) = rest.split_once('.').expect("a stage");
        let stage: usize = stage.parse().expect("a number");
        if stage.is_multiple_of(2) {
            return format!("downsample_layers.{}.{rest}", stage / 2);
        }
        let rest = parts.iter().fold(rest.to_owned(), |rest, (from, to)| rest.replace(from, to));
        format!("stages.{}.{rest}", stage / 2)
    });
    assert!(built.graph.nodes().iter().any(|node| node.module.as_str() == "stages.3.2.dwconv"));
}

#[test]
fn the_library_lists_its_names_once() {
    let names = arch::names();
    for name in ["alexnet", "resnet18", "tf_efficientnet_b7", "efficientnet-b0", "convnext_large", "regnety_008"] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
}
