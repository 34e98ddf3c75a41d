//! Files that look like checkpoints of known networks and are not: errors, never panics.

use heatlens_formats::LoadOptions;
use heatlens_formats::torch::{Attribute, StateDict, arch};
use heatlens_graph::Tensor;

use crate::golden;
use crate::small::{module, options, resnet};

/// The names of a reference, each with a tensor of as many dimensions as it should have, all of
/// this extent.
fn uniform_shapes(path: &std::path::Path, extent: usize) -> StateDict {
    let text = std::fs::read_to_string(path).expect("a reference");
    let mut state = StateDict::default();
    let lines =
        text.lines().skip_while(|line| !line.starts_with("weights ")).skip(1).take_while(|line| line.contains('='));
    for line in lines {
        let mut words = line.split(' ');
        let module = words.next().expect("a module");
        let mut insert = |leaf: &str, rank: usize| {
            state.insert(
                format!("{module}.{leaf}"),
                Tensor::f32(vec![extent; rank], vec![0.5; extent.pow(rank as u32)]),
            );
        };
        for (leaf, shape) in words.map(|word| word.split_once('=').expect("tensor=shape")) {
            if leaf == "norm" {
                ["weight", "bias", "running_mean", "running_var"].iter().for_each(|leaf| insert(leaf, 1));
            } else {
                insert(leaf, shape.split('x').count());
            }
        }
    }
    state
}

#[test]
fn known_names_with_nonsensical_shapes() {
    for package in ["torchvision", "timm", "stand_alone"] {
        for path in golden::files(package, &[""]) {
            for extent in [0, 1, 2] {
                let state = uniform_shapes(&path, extent);
                assert!(!state.is_empty());
                // Some are consistent networks of one channel; what matters is that all of them
                // return.
                let _ = arch::build(&state, None, &options());
            }
        }
    }
}

#[test]
fn each_tensor_of_another_shape() {
    let weights = resnet(&["fc.0 weight=8x16 bias=8", "fc.1 norm=8", "fc.3 weight=2x8 bias=2"]);
    let names: Vec<_> =
        weights.iter().map(|(name, _)| name.to_owned()).filter(|name| !name.ends_with("num_batches_tracked")).collect();
    for name in names {
        let right = weights.get(&name).expect("it").shape().to_vec();
        for shape in [
            vec![],
            vec![0],
            vec![3],
            vec![16, 16],
            vec![0, 4],
            vec![5, 5, 5],
            vec![4, 4, 0, 0],
            vec![7, 3, 9, 1],
            vec![1; 6],
        ] {
            let mut changed = weights.clone();
            let count = shape.iter().product();
            changed.insert(name.clone(), Tensor::f32(shape.clone(), vec![0.5; count]));
            let result = arch::build(&changed, None, &options());
            assert!(result.is_err() || shape == right, "{name} {shape:?}");
        }
        let mut integers = weights.clone();
        integers.insert(name.clone(), Tensor::i64(right.clone(), vec![1; right.iter().product()]));
        assert!(arch::build(&integers, None, &options()).is_err(), "{name} of integers");
    }
}

#[test]
fn impossible_image_sizes() {
    for size in [[0, 0], [0, 64], [usize::MAX, 64], [1 << 40, 1 << 40]] {
        let options = LoadOptions { input_size: Some(size), ..LoadOptions::default() };
        assert!(arch::build(&resnet(&["fc weight=2x16"]), None, &options).is_err(), "{size:?}");
    }
}

#[test]
fn impossible_attributes() {
    let values = [
        Attribute::Int(-1),
        Attribute::Int(i64::MAX),
        Attribute::Ints(vec![i64::MIN, 1]),
        Attribute::None,
        Attribute::Str("x".into()),
    ];
    let sound = [("stride", 1), ("padding", 1), ("dilation", 1)];
    for value in values {
        for wrong in ["stride", "padding", "dilation"] {
            let attributes: Vec<_> = sound
                .iter()
                .map(|&(name, v)| (name, if name == wrong { value.clone() } else { Attribute::Int(v) }))
                .collect();
            let tree = module(
                "torchvision.models.resnet.ResNet",
                &[],
                vec![("conv1", module("torch.nn.modules.conv.Conv2d", &attributes, vec![]))],
            );
            let error = arch::build(&resnet(&["fc weight=2x16"]), Some(&tree), &options()).unwrap_err().to_string();
            assert!(error.contains("conv1") && error.contains(wrong), "{error}");
        }
        let attributes =
            [("kernel_size", value.clone()), ("stride", Attribute::Int(2)), ("padding", Attribute::Int(1))];
        let tree = module(
            "torchvision.models.resnet.ResNet",
            &[],
            vec![("maxpool", module("torch.nn.modules.pooling.MaxPool2d", &attributes, vec![]))],
        );
        let error = arch::build(&resnet(&["fc weight=2x16"]), Some(&tree), &options()).unwrap_err().to_string();
        assert!(error.contains("`maxpool`") && error.contains("kernel_size"), "{error}");
    }
}
