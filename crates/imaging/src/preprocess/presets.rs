//! The named preprocessings, and the one string by which users name any of them.

use serde_json::Value;

use super::{
    CentreCrop, Colour, Layout, Length, Preprocess, Range, Resize, ShorterSide, Size, Step, python, torchvision,
};
use crate::ImageError;
use crate::resize::{PillowFilter, Resample};

/// The named presets with what they do.
pub const PRESETS: &[(&str, &str)] = &[
    (
        "imagenet",
        "torchvision's evaluation: shorter side to 256, centre crop to 224 (in proportion for other inputs), ImageNet \
         mean and std",
    ),
    ("imagenet-exact", "straight to the network's input, ImageNet mean and std"),
    ("rgb-255", "straight to the network's input, RGB from 0 to 1 (levels / 255): torchvision's ToTensor alone"),
    ("rgb-levels", "straight to the network's input, RGB from 0 to 255: networks that scale inside"),
    (
        "keras-tf",
        "straight to the input by nearest (Keras's load_img), RGB from −1 to 1, NHWC: Xception, Inception, MobileNet",
    ),
    (
        "keras-caffe",
        "straight to the input by nearest (Keras's load_img), BGR 0–255 minus the ImageNet mean, NHWC: ResNet, VGG",
    ),
    (
        "keras-255",
        "straight to the input by nearest (Keras's load_img), RGB from 0 to 1, NHWC: networks trained with \
         Rescaling(1/255)",
    ),
    ("keras-raw", "straight to the input by nearest (Keras's load_img), RGB 0–255, NHWC: EfficientNet, ConvNeXt"),
];

pub(super) const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
pub(super) const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

impl Preprocess {
    /// `Resize(256)`, `CenterCrop(224)`, `ToTensor`, `Normalize` with ImageNet's mean and standard
    /// deviation; for other inputs in the same proportion.
    pub fn imagenet() -> Self {
        let resample = Resample::pillow(PillowFilter::Bilinear);
        let steps =
            vec![ShorterSide { to: Length::InputOver(0.875), resample }.into(), CentreCrop::to(Size::Input).into()];
        Self { steps, ..Self::imagenet_exact() }
    }

    /// `Resize((h, w))`, `ToTensor`, `Normalize` with ImageNet's mean and standard deviation.
    pub fn imagenet_exact() -> Self {
        Self {
            colour: Colour::Rgb,
            steps: exactly(PillowFilter::Bilinear),
            range: Range::Unit,
            mean: IMAGENET_MEAN.to_vec(),
            std: IMAGENET_STD.to_vec(),
            layout: Layout::Nchw,
            input: None,
        }
    }

    /// `Resize((h, w))` and `ToTensor`.
    pub fn rgb_255() -> Self {
        Self { mean: Vec::new(), std: Vec::new(), ..Self::imagenet_exact() }
    }

    /// `Resize((h, w))` and nothing else.
    pub fn rgb_levels() -> Self {
        Self { range: Range::Levels, ..Self::rgb_255() }
    }

    /// `load_img(target_size=...)` and `Rescaling(1 / 255)`.
    pub fn keras_255() -> Self {
        Self { range: Range::Unit, ..Self::keras_raw() }
    }

    /// `load_img(target_size=...)` and `preprocess_input` in mode `tf`.
    pub fn keras_tf() -> Self {
        Self { range: Range::Signed, ..Self::keras_raw() }
    }

    /// `load_img(target_size=...)` and `preprocess_input` in mode `caffe`.
    pub fn keras_caffe() -> Self {
        Self { colour: Colour::Bgr, mean: vec![103.939, 116.779, 123.68], ..Self::keras_raw() }
    }

    /// `load_img(target_size=...)` and nothing else: networks that scale inside.
    pub fn keras_raw() -> Self {
        Self {
            colour: Colour::Rgb,
            steps: exactly(PillowFilter::Nearest),
            range: Range::Levels,
            mean: Vec::new(),
            std: Vec::new(),
            layout: Layout::Nhwc,
            input: None,
        }
    }
}

fn exactly(filter: PillowFilter) -> Vec<Step> {
    vec![Resize { to: Size::Input, resample: Resample::pillow(filter) }.into()]
}

pub(super) fn from_spec(
    spec: &str,
    read: impl FnOnce(&str) -> std::io::Result<Vec<u8>>,
) -> Result<Preprocess, ImageError> {
    match spec {
        "imagenet" => return Ok(Preprocess::imagenet()),
        "imagenet-exact" => return Ok(Preprocess::imagenet_exact()),
        "rgb-255" => return Ok(Preprocess::rgb_255()),
        "rgb-levels" => return Ok(Preprocess::rgb_levels()),
        "keras-255" => return Ok(Preprocess::keras_255()),
        "keras-tf" => return Ok(Preprocess::keras_tf()),
        "keras-caffe" => return Ok(Preprocess::keras_caffe()),
        "keras-raw" => return Ok(Preprocess::keras_raw()),
        _ => {}
    }
    let named = |what: String| ImageError::Description { name: spec.into(), what };
    let (kind, path) = match spec.split_once(':') {
        Some((kind @ ("timm" | "hf"), path)) => (kind, path),
        _ if spec.to_lowercase().ends_with(".toml") => ("toml", spec),
        _ if spec.to_lowercase().ends_with(".json") => ("json", spec),
        _ => {
            let names: Vec<&str> = PRESETS.iter().map(|p| p.0).collect();
            return Err(named(format!(
                "no such preset; there are {}, timm:FILE, hf:FILE, FILE.toml and FILE.json",
                names.join(", ")
            )));
        }
    };
    let bytes = read(path).map_err(|e| named(format!("cannot read {path:?}: {e}")))?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| named("the file is not text; give the configuration, not the weights".into()))?;
    let parsed = match kind {
        "timm" => Preprocess::from_timm(text),
        "hf" => Preprocess::from_hugging_face(text),
        "toml" => Preprocess::from_toml(text),
        _ => from_any_json(text),
    };
    parsed.map_err(|e| match e {
        ImageError::Description { what, .. } => named(what),
        other => other,
    })
}

/// A JSON file, or what Python printed, is recognised by its keys.
fn from_any_json(text: &str) -> Result<Preprocess, ImageError> {
    let printed = if text.trim_start().starts_with('{') { serde_json::from_str(text).ok() } else { None };
    let Some(Value::Object(keys)) = printed.or_else(|| python::read(text)) else { return Preprocess::from_json(text) };
    let has = |names: &[&str]| names.iter().any(|&n| keys.contains_key(n));
    let as_json = || Value::Object(keys.clone()).to_string();
    if torchvision::is_one(&keys) {
        torchvision::parse(&keys)?.checked()
    } else if has(&["pretrained_cfg", "crop_pct"]) && !has(&["image_mean"]) {
        Preprocess::from_timm(&as_json())
    } else if has(&["image_mean", "image_processor_type", "feature_extractor_type", "do_resize", "do_normalize"]) {
        Preprocess::from_hugging_face(&as_json())
    } else {
        Preprocess::from_json(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_file(_: &str) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    #[test]
    fn every_preset_is_found_and_survives_its_files() {
        for (name, _) in PRESETS {
            let preset = Preprocess::from_spec(name, no_file).unwrap();
            assert_eq!(Preprocess::from_toml(&preset.to_toml()).unwrap(), preset, "{}", preset.to_toml());
            assert_eq!(Preprocess::from_json(&preset.to_json()).unwrap(), preset);
            assert_eq!(Preprocess::from_spec("a.json", |_| Ok(preset.to_json().into_bytes())).unwrap(), preset);
        }
    }

    #[test]
    fn hashes_tell_presets_apart_and_stay() {
        let hashes: std::collections::BTreeSet<String> =
            PRESETS.iter().map(|p| Preprocess::from_spec(p.0, no_file).unwrap().hash()).collect();
        assert_eq!(hashes.len(), PRESETS.len());
        assert_eq!(Preprocess::imagenet().hash(), Preprocess::imagenet().hash());
    }

    #[test]
    fn unknown_names_and_missing_files_say_what_to_do() {
        let unknown = Preprocess::from_spec("imagnet", no_file).unwrap_err().to_string();
        assert!(unknown.contains("imagenet-exact") && unknown.contains("timm:FILE"), "{unknown}");
        let missing = Preprocess::from_spec("timm:gone.json", no_file).unwrap_err().to_string();
        assert!(missing.contains("gone.json"), "{missing}");
        let typo = Preprocess::from_toml(&Preprocess::imagenet().to_toml().replace("layout", "lay_out"))
            .unwrap_err()
            .to_string();
        assert!(typo.contains("lay_out"), "{typo}");
    }
}
