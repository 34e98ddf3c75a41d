//! Checkpoints in every form that PyTorch writes, and hostile ones.
//! `tests/golden/torch_files/make.py` makes the files.

#[path = "../../../tests/support/shared.rs"]
mod shared;

use std::path::{Path, PathBuf};

use heatlens_formats::torch::{self, Attribute, Checkpoint, StateDict};
use heatlens_formats::{Format, FormatError, LoadOptions, load};
use proptest::prelude::*;
use shared::shared;

const SHAPES: [(&str, &[usize]); 9] = [
    ("conv.weight", &[4, 3, 3, 3]),
    ("conv.bias", &[4]),
    ("bn.weight", &[4]),
    ("bn.bias", &[4]),
    ("bn.running_mean", &[4]),
    ("bn.running_var", &[4]),
    ("bn.num_batches_tracked", &[]),
    ("fc.weight", &[2, 4]),
    ("fc.bias", &[2]),
];

fn golden_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/torch_files")
}

fn bad_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/torch")
}

fn bytes(path: PathBuf) -> Vec<u8> {
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn golden(name: &str) -> Checkpoint {
    torch::read(&bytes(golden_dir().join(name))).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn refused(name: &str) -> FormatError {
    torch::read(&bytes(bad_dir().join(name))).map(|c| panic!("{name} was read: {c:?}")).unwrap_err()
}

/// Element `i` of tensor `k`, as make.py computes it.
fn values(k: usize, shape: &[usize]) -> Vec<f32> {
    (0..shape.iter().product::<usize>()).map(|i| ((37 * i + 11 * k) % 101) as f32 / 64.0 - 50.0 / 64.0).collect()
}

/// Checks the named tensors of [`SHAPES`] under a prefix.
fn check(name: &str, weights: &StateDict, prefix: &str, names: &[&str]) {
    for (k, (tensor, shape)) in SHAPES.iter().enumerate().filter(|(_, (tensor, _))| names.contains(tensor)) {
        let read =
            weights.get(&format!("{prefix}{tensor}")).unwrap_or_else(|| panic!("{name} has no {prefix}{tensor}"));
        assert_eq!(read.shape(), *shape, "{name}: {tensor}");
        match *tensor {
            "bn.num_batches_tracked" => assert_eq!(read.as_i64(), Some(&[7][..]), "{name}: {tensor}"),
            _ => assert_eq!(read.as_f32(), Some(&values(k, shape)[..]), "{name}: {tensor}"),
        }
    }
}

fn check_all(name: &str, weights: &StateDict, prefix: &str) {
    check(name, weights, prefix, &SHAPES.map(|(tensor, _)| tensor));
}

#[test]
fn reads_every_container_and_type() {
    for name in [
        "zip.pth",
        "name_of_21_characters.pth",
        "protocol4.pth",
        "protocol5.pth",
        "legacy.pth",
        "legacy_protocol4.pth",
        "big_endian.pth",
        "recompressed.pth",
        "f16.pth",
        "bf16.pth",
        "f64_legacy.pth",
        "strided.pth",
        "strided_legacy.pth",
        "shared.pth",
        "shared_legacy.pth",
        "dictionary.pth",
        "tuple.pth",
        "training.pth",
        "training_legacy.pth",
        "averaged.pth",
        "only_averaged.pth",
        "float32.safetensors",
        "float16.safetensors",
        "bfloat16.safetensors",
    ] {
        let checkpoint = golden(name);
        check_all(name, &checkpoint.weights, "");
        let extra = usize::from(name.starts_with("shared"));
        assert_eq!(checkpoint.weights.len(), SHAPES.len() + extra, "{name}: {:?}", checkpoint.weights);
        let format = match name {
            _ if name.ends_with(".safetensors") => Format::Safetensors,
            _ if name.contains("legacy") => Format::TorchLegacy,
            _ => Format::TorchZip,
        };
        assert_eq!(checkpoint.format, format, "{name}");
    }
}

#[test]
fn keeps_the_order_of_the_file() {
    let names: Vec<String> = golden("zip.pth").weights.iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, SHAPES.map(|(name, _)| name));
}

#[test]
fn reads_views_of_storages() {
    let weights = golden("legacy_views.pth").weights;
    assert_eq!(weights.get("fc.weight").unwrap().as_f32(), Some(&values(0, &[2, 4])[..]));
    assert_eq!(weights.get("fc.bias").unwrap().as_f32(), Some(&values(1, &[2])[..]));
}

#[test]
fn tied_weights_share_their_elements() {
    let weights = golden("shared.pth").weights;
    let at = |name: &str| weights.get(name).unwrap().as_f32().unwrap().as_ptr();
    assert_eq!(at("tied.weight"), at("fc.weight"));
}

#[test]
fn widens_integers() {
    let weights = golden("integers.pth").weights;
    for kind in ["int8", "uint8", "int16", "int32", "int64", "uint16", "uint32", "uint64"] {
        assert_eq!(weights.get(kind).unwrap().as_i64(), Some(&[0, 1, 100][..]), "{kind}");
    }
    assert_eq!(weights.get("bool").unwrap().as_bool(), Some(&[false, true, true][..]));
}

#[test]
fn reads_parameters() {
    let parameters = ["conv.weight", "conv.bias", "bn.weight", "bn.bias", "fc.weight", "fc.bias"];
    check("parameters.pth", &golden("parameters.pth").weights, "", &parameters);
    assert_eq!(golden("parameters.pth").weights.len(), parameters.len());
    let tagged = golden("parameter_with_state.pth").weights;
    assert_eq!(tagged.get("fc.weight").unwrap().as_f32(), Some(&values(0, &[2, 4])[..]));
}

#[test]
fn says_what_was_taken() {
    let notes = |name: &str| golden(name).notes.join("\n");
    assert_eq!(notes("zip.pth"), "");
    assert_eq!(notes("f64_legacy.pth"), "the weights are in double precision and were rounded to single");
    assert_eq!(notes("training.pth"), "took the weights under `model_state_dict`");
    let averaged = "took the weights under `state_dict`; `state_dict_ema` was left (`--weights state_dict_ema` reads it \
                    instead)";
    assert_eq!(notes("averaged.pth"), averaged);
    assert_eq!(notes("only_averaged.pth"), "took the weights under `ema`");
    assert_eq!(notes("lightning.ckpt"), "took the weights under `state_dict` (a Lightning checkpoint)");
    assert_eq!(notes("parts.pth"), "the weights lie in several parts, which were joined: `encoder`, `decoder`");
}

#[test]
fn keeps_prefixes_for_the_architecture_to_judge() {
    check_all("lightning.ckpt", &golden("lightning.ckpt").weights, "model.");
    check_all("prefixed.pth", &golden("prefixed.pth").weights, "module._orig_mod.backbone.");
    check_all("parts.pth", &golden("parts.pth").weights, "encoder.");
}

#[test]
fn reads_whole_modules_without_running_them() {
    for name in ["module.pth", "module_legacy.pth", "module_own.pth", "module_in_dictionary.pth"] {
        let checkpoint = golden(name);
        check_all(name, &checkpoint.weights, "");
        assert_eq!(checkpoint.weights.len(), SHAPES.len(), "{name}");
        let tree = checkpoint.modules.unwrap_or_else(|| panic!("{name} has no modules"));
        let conv = tree.get("conv").unwrap();
        assert_eq!(conv.class, "torch.nn.modules.conv.Conv2d", "{name}");
        assert_eq!(conv.ints("kernel_size"), Some([3, 3]), "{name}");
        assert_eq!(conv.ints("stride"), Some([2, 2]), "{name}");
        assert_eq!(conv.ints("padding"), Some([1, 1]), "{name}");
        assert_eq!(conv.int("groups"), Some(1), "{name}");
        assert_eq!(conv.str("padding_mode"), Some("zeros"), "{name}");
        assert_eq!(tree.get("bn").unwrap().float("eps"), Some(1e-3), "{name}");
        assert_eq!(tree.get("bn").unwrap().bool("affine"), Some(true), "{name}");
        assert!(!conv.attributes.keys().any(|key| key.starts_with('_')), "{name}: {:?}", conv.attributes);
        let own = !name.contains("legacy") && name != "module.pth";
        assert_eq!(tree.class, if own { "__main__.Net" } else { "torch.nn.modules.container.Sequential" }, "{name}");
        let children: Vec<&str> = tree.children.iter().map(|(child, _)| child.as_str()).collect();
        assert_eq!(
            children,
            if own { &["conv", "bn", "fc"][..] } else { &["conv", "bn", "pool", "flatten", "fc"] },
            "{name}"
        );
        if own {
            assert_eq!(tree.attributes["activation"], Attribute::Opaque("torch.nn.functional.relu".into()));
            assert_eq!(tree.attributes["size"], Attribute::Ints(vec![8, 8]));
            assert_eq!(tree.str("title"), Some("net"));
        } else {
            assert_eq!(tree.get("pool").unwrap().int("output_size"), Some(1));
        }
    }
    assert!(golden("module_in_dictionary.pth").notes.join("\n").contains("DataParallel"));
}

#[test]
fn refuses_pickles_that_would_run_code() {
    for (name, names) in [
        ("os_system.pth", "posix.system"),
        ("os_system_legacy.pth", "posix.system"),
        ("eval.pth", "builtins.eval"),
        ("attribute_of_a_module.pth", "torch.serialization.os"),
        ("method_of_an_object.pth", "builtins.getattr"),
        ("mentioned.pth", "posix.system"),
    ] {
        match refused(name) {
            FormatError::ForbiddenPickle { name: found, hint } => {
                assert!(found.contains(names), "{name}: {found}");
                assert!(hint.contains("torch.load"), "{name}: {hint}");
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn says_what_cannot_be_read() {
    for (name, words) in [
        ("quantised.pth", "`fc.weight` is quantised"),
        ("complex.pth", "`fc.weight` has elements of type complex64"),
        ("meta.pth", "meta device"),
        ("no_weights.pth", "the file holds a dict with epoch, history; `history` is a `__main__.History`"),
        ("opaque.pth", "the file holds a `__main__.History`"),
        ("numbers.pth", "the file holds a list"),
        ("torchscript.pt", "torch.jit.load"),
        ("exported.pt2", "torch.export.load"),
        ("bomb.pth", "bomb"),
        ("billion_laughs.pth", "no weights were found"),
        ("deep.pth", "no weights were found"),
        ("cycle.pth", "no weights were found"),
        ("window_negative.pth", "a stride of -1"),
    ] {
        let error = refused(name);
        assert!(matches!(error, FormatError::Unsupported(_)), "{name}: {error:?}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
    for (name, words) in
        [("plain_pickle.pkl", "a Python pickle of a dict"), ("zip_in_zip.zip", "contains `best_model.pth`; unpack it")]
    {
        let error = refused(name);
        assert!(matches!(error, FormatError::NotAModel(_)), "{name}: {error:?}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}

#[test]
fn structures_that_grow_without_end_are_refused_at_once() {
    for name in ["dictionary_laughs.pth", "module_laughs.pth"] {
        let error = refused(name);
        assert!(matches!(&error, FormatError::Damaged(m) if m.contains("without end")), "{name}: {error:?}");
    }
}

#[test]
fn checks_sizes_before_taking_memory() {
    for name in [
        "window_beyond_storage.pth",
        "window_huge.pth",
        "window_repeated.pth",
        "window_overflow.pth",
        "window_stride.pth",
        "overlap.safetensors",
        "huge.safetensors",
        "huge_header.safetensors",
    ] {
        let error = refused(name);
        assert!(matches!(error, FormatError::Damaged(_)), "{name}: {error:?}");
    }
}

#[test]
fn files_that_end_early_are_errors() {
    for entry in std::fs::read_dir(golden_dir()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "py") {
            continue;
        }
        let whole = bytes(path.clone());
        // Every length where headers and ends lie, samples between.
        let step = 1 + whole.len() / 600;
        let lengths = (0..whole.len()).filter(|&n| n < 64 || n + 120 > whole.len() || n % step == 0);
        for length in lengths {
            let error = torch::read(&whole[..length]).err();
            assert!(error.is_some(), "{} was read from its first {length} bytes", path.display());
        }
    }
}

#[test]
fn a_cut_checkpoint_says_so() {
    let whole = bytes(golden_dir().join("zip.pth"));
    let error = load(&whole[..whole.len() - 40], &LoadOptions::default()).unwrap_err();
    assert!(matches!(&error, FormatError::Damaged(m) if m.contains("end is missing")), "{error}");
    let whole = bytes(golden_dir().join("legacy.pth"));
    let error = load(&whole[..whole.len() - 4], &LoadOptions::default()).unwrap_err();
    assert!(matches!(&error, FormatError::Damaged(m) if m.contains("ends within")), "{error}");
}

#[test]
fn recognises_the_network_behind_prefixes_and_beside_heads() {
    for (form, tensors, words) in [
        ("plain", 62, ""),
        ("prefixed", 62, "the prefix `module.model._orig_mod.net.`"),
        ("averaged", 125, "the prefix `model.`"),
        ("headless", 62, "assumed that `head` takes the pooled features of `backbone`"),
        ("numbered", 62, "numbered modules were taken for the children of a ResNet"),
        ("whole", 64, ""),
        ("whole_headless", 64, "assumed that `head` takes the pooled features of `backbone`"),
    ] {
        let file = bytes(golden_dir().join(format!("resnet_{form}.pth")));
        let checkpoint = torch::read(&file).unwrap_or_else(|e| panic!("{form}: {e}"));
        let parameters = checkpoint.weights.iter().filter(|(name, _)| !name.ends_with("num_batches_tracked"));
        assert_eq!(parameters.count(), tensors, "{form}");
        let model = load(&file, &LoadOptions::default()).unwrap_or_else(|e| panic!("{form}: {e}"));
        let notes = model.notes.join("\n");
        assert!(
            model.architecture.as_deref().is_some_and(|name| name.starts_with("resnet")),
            "{form}: {:?}",
            model.architecture
        );
        assert!(notes.contains(words), "{form}: {notes}");
        assert_eq!(model.graph.shape(model.graph.outputs()[0]), [1, 3], "{form}");
        let tanh = model.graph.nodes().iter().any(|node| node.op.name() == "Tanh");
        assert_eq!(tanh, form.starts_with("whole"), "{form}: the head's activation is that of the pickled module");
    }
    let file = bytes(golden_dir().join("resnet_unknown_beside.pth"));
    let error = load(&file, &LoadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("`gate.weight` [5, 4]") && error.contains("torch.onnx.export"), "{error}");
}

#[test]
fn a_size_that_the_network_cannot_take_is_said_as_such() {
    let file = bytes(golden_dir().join("resnet_prefixed.pth"));
    let error = load(&file, &LoadOptions { input_size: Some([0, 0]), ..LoadOptions::default() }).unwrap_err();
    assert!(matches!(error, FormatError::Graph(_)), "{error}");
}

/// Real checkpoints, where the folder of test material is there: sums of absolute values as PyTorch
/// computes them in double precision.
#[test]
#[ignore = "needs the material beside the checkout"]
fn reads_real_checkpoints() {
    for (file, count, tensor, sum) in REAL {
        let checkpoint =
            torch::read(&bytes(shared(&format!("models/{file}")))).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(checkpoint.weights.len(), *count, "{file}");
        let read = checkpoint.weights.get(tensor).unwrap_or_else(|| panic!("{file} has no {tensor}"));
        // Positions count: the reversed or transposed tensor has another sum.
        let weighted: f64 =
            read.as_f32().unwrap().iter().enumerate().map(|(i, &v)| f64::from(v) * ((i % 97) as f64 - 48.0)).sum();
        assert!((weighted - sum).abs() <= 1e-9 * sum.abs().max(1.0), "{file}: {tensor}: {weighted} instead of {sum}");
    }
}

/// File, number of tensors, a tensor, and the sum of element i times (i mod 97 - 48).
const REAL: &[(&str, usize, &str, f64)] = &[
    ("resnet18.pth", 122, "layer3.0.conv2.weight", -981.3323584477091),
    ("densenet121.pth", 727, "features.denseblock3.denselayer7.conv1.weight", -842.621430881874),
    ("efficientnet_b0.pth", 360, "classifier.1.weight", -28.64746129685045),
    ("vgg11_bn.pth", 58, "features.8.weight", -346.5849823038749),
    ("mobilenet_v3_small-marker.pth", 244, "features.5.block.1.0.weight", -58.63730480581762),
    ("efficientnet_lite0-imagenet-legacy.pth", 296, "_blocks.3._depthwise_conv.weight", 1110.0838587284088),
    ("efficientnet_lite0-imagenet-legacy.pth", 296, "_conv_stem.weight", 120.7124347439385),
    ("efficientnet_lite0-imagenet-legacy.pth", 296, "_fc.weight", -3557.53041920975),
];

/// How files begin: a pickle, a zip archive, anything, the old format.
const BEGINNINGS: [&[u8]; 4] = [
    b"\x80\x02",
    b"PK\x03\x04",
    b"",
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.",
];

/// Good files of each kind.
const WHOLE: [&str; 9] = [
    "zip.pth",
    "legacy.pth",
    "shared.pth",
    "strided_legacy.pth",
    "training_legacy.pth",
    "module_own.pth",
    "recompressed.pth",
    "legacy_views.pth",
    "float16.safetensors",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400), container in 0usize..4) {
        let _ = load(&[BEGINNINGS[container], &body].concat(), &LoadOptions::default());
    }

    #[test]
    fn changed_files_never_panic(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut file = bytes(golden_dir().join(WHOLE[which.index(WHOLE.len())]));
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        let _ = load(&file, &LoadOptions::default());
    }
}
