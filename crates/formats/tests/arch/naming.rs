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
fn the_library_lists_its_names_once() {
    let names = arch::names();
    for name in ["alexnet", "resnet18", "tf_efficientnet_b7", "efficientnet-b0", "convnext_large", "regnety_008"] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
}
