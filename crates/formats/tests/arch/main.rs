//! Every architecture against torchvision and timm, from weights that both sides make by the same
//! formula.

mod cut;
#[path = "../../../../tests/support/formats.rs"]
mod formats;
mod forms;
mod formula;
mod golden;
mod heads;
mod hostile;
mod modules;
mod naming;
mod real;
#[path = "../../../../tests/support/shared.rs"]
mod shared;
mod small;
mod unknown;
mod whole;

use std::path::{Path, PathBuf};

use heatlens_formats::torch::arch;

macro_rules! families {
    ($($test:ident: $package:literal [$($prefix:literal),*];)*) => {
        $(#[test]
        fn $test() {
            forms::check($package, &[$($prefix),*]);
        })*

        /// The folders of `tests/golden/arch` and the beginnings of the names that are checked.
        const CHECKED: &[(&str, &[&str])] = &[$(($package, &[$($prefix),*])),*];
    };
}

families! {
    alexnet: "torchvision" ["alexnet"];
    vgg: "torchvision" ["vgg"];
    resnet: "torchvision" ["resnet"];
    resnext: "torchvision" ["resnext"];
    wide_resnet: "torchvision" ["wide_resnet"];
    densenet: "torchvision" ["densenet"];
    squeezenet: "torchvision" ["squeezenet"];
    googlenet: "torchvision" ["googlenet"];
    inception_v3: "torchvision" ["inception_v3"];
    mobilenet_v2: "torchvision" ["mobilenet_v2"];
    mobilenet_v3: "torchvision" ["mobilenet_v3"];
    shufflenet_v2: "torchvision" ["shufflenet_v2"];
    mnasnet: "torchvision" ["mnasnet"];
    efficientnet: "torchvision" ["efficientnet_b"];
    efficientnet_v2: "torchvision" ["efficientnet_v2"];
    regnet: "torchvision" ["regnet"];
    convnext: "torchvision" ["convnext"];
    timm_resnet: "timm" ["resnet", "ecaresnet", "seresne"];
    timm_resnest: "timm" ["resnest"];
    timm_res2net: "timm" ["res2ne"];
    timm_sknet: "timm" ["sk"];
    timm_senet: "timm" ["legacy_se"];
    timm_xception: "timm" ["legacy_xception", "xception"];
    timm_inception: "timm" ["inception_v4", "inception_resnet_v2"];
    timm_densenet: "timm" ["densenet"];
    timm_vgg: "timm" ["vgg"];
    timm_inception_v3: "timm" ["inception_v3"];
    timm_mobilenet_v2: "timm" ["mobilenetv2"];
    timm_mobilenet_v3: "timm" ["mobilenetv3", "tf_mobilenetv3"];
    timm_mnasnet: "timm" ["mnasnet", "semnasnet", "spnasnet"];
    timm_efficientnet: "timm" ["efficientnet_"];
    timm_efficientnet_v2: "timm" ["efficientnetv2", "tf_efficientnetv2"];
    timm_tf_efficientnet: "timm" ["tf_efficientnet_"];
    timm_vovnet: "timm" ["vovnet", "ese_vovnet", "eca_vovnet"];
    timm_rexnet: "timm" ["rexnet"];
    timm_dpn: "timm" ["dpn"];
    timm_dla: "timm" ["dla"];
    timm_ghostnet: "timm" ["ghostnet"];
    timm_hrnet: "timm" ["hrnet"];
    timm_repvgg: "timm" ["repvgg"];
    timm_mobileone: "timm" ["mobileone"];
    timm_nfnet: "timm" ["eca_nfnet", "nf", "dm_nfnet"];
    timm_cspnet: "timm" ["csp", "cs3", "darknet", "sedarknet"];
    timm_mixnet: "timm" ["mixnet", "tf_mixnet"];
    timm_tinynet: "timm" ["tinynet"];
    timm_lcnet: "timm" ["lcnet"];
    timm_fbnet: "timm" ["fbnet"];
    timm_hardcorenas: "timm" ["hardcorenas"];
    timm_mobilenet_v1: "timm" ["mobilenetv1"];
    timm_mobilenet_v4: "timm" ["mobilenetv4"];
    timm_edgetpu: "timm" ["mobilenet_edgetpu"];
    timm_regnet: "timm" ["regnet"];
    timm_convnext: "timm" ["convnext"];
    fastai_xresnet: "fastai" ["xresnet"];
    fused_repvgg: "fused" ["repvgg", "mobileone"];
    authors_convnext: "authors" ["convnext"];
    variants: "variants" ["resnet", "efficientnet", "densenet", "mobilenet", "regnet", "convnext"];
    stand_alone_efficientnet: "stand_alone" ["efficientnet"];
}

/// The references of a family's networks, the smallest first.
fn references(members: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/arch");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path()).collect()
    };
    let packages: Vec<_> = entries(&folder).into_iter().filter(|path| path.is_dir()).collect();
    let expects = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("a reference");
        text.lines().next().and_then(|line| line.strip_prefix("expect ")).is_some_and(|name| members.contains(&name))
    };
    let mut files: Vec<_> = packages.iter().flat_map(|package| entries(package)).filter(expects).collect();
    files.sort_by_key(|path| (std::fs::metadata(path).map(|file| file.len()).unwrap_or(u64::MAX), path.clone()));
    files
}

#[test]
fn every_family_has_a_reference() {
    let has_reference = |title: &str, members: &[&str]| {
        references(members).iter().any(|path| golden::Golden::read(path).built().family == title)
    };
    let missing: Vec<String> = arch::families()
        .filter(|(title, members)| !has_reference(title, members))
        .map(|(title, members)| {
            format!(
                "{title} (such as {}) has no reference: add it to tests/golden/arch/make.py, run the script and list \
                 its folder in `families!` of crates/formats/tests/arch/main.rs",
                members[0]
            )
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_reference_is_checked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/arch");
    // What is large has a test of its own.
    for package in names(&folder).iter().filter(|name| !name.contains('.') && *name != "large") {
        for reference in names(&folder.join(package)) {
            let is_checked = CHECKED.iter().filter(|(of, _)| of == package).flat_map(|(_, prefixes)| *prefixes);
            assert!(
                is_checked.into_iter().any(|prefix| reference.starts_with(prefix)),
                "tests/golden/arch/{package}/{reference} is not checked: list it in `families!` of \
                 crates/formats/tests/arch/main.rs"
            );
        }
    }
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
#[ignore = "takes 8 GB of memory"]
fn largest_regnet() {
    forms::check("large", &["regnet_y_128gf"]);
}
