//! Hugging Face's `preprocessor_config.json` → [`Preprocess`], as the image processors of
//! transformers read it.

use serde_json::{Map, Value};

use super::{CentreCrop, Colour, CropRounding, Layout, Length, Preprocess, Range, Resize, ShorterSide, Size, Step};
use crate::ImageError;
use crate::resize::{PillowFilter, Resample, TorchvisionFilter};

/// Padded with black.
const CENTRE: Step = Step::CentreCrop(CentreCrop { to: Size::Input, rounding: CropRounding::Down, fill: [0; 3] });

fn fail(what: impl Into<String>) -> ImageError {
    ImageError::Description { name: "Hugging Face".into(), what: what.into() }
}

pub(super) fn parse(text: &str) -> Result<Preprocess, ImageError> {
    let config: Map<String, Value> = serde_json::from_str(text).map_err(|e| fail(format!("not a JSON object: {e}")))?;
    if !["do_resize", "do_normalize", "do_rescale", "image_mean", "size"].iter().any(|key| config.contains_key(*key)) {
        return Err(fail("it has none of do_resize, do_normalize, image_mean, size; give preprocessor_config.json"));
    }
    let (steps, input) = geometry(&config)?;
    let (range, mean, std) = normalisation(&config)?;
    let colour = if flag(&config, "do_flip_channel_order", false)? { Colour::Bgr } else { Colour::Rgb };
    Ok(Preprocess { colour, steps, range, mean, std, layout: Layout::Nchw, input })
}

fn geometry(config: &Map<String, Value>) -> Result<(Vec<Step>, Option<[usize; 2]>), ImageError> {
    let resample = resample(config)?;
    let crops = flag(config, "do_center_crop", false)?;
    let mut steps = Vec::new();
    let mut input = None;
    if flag(config, "do_resize", true)? {
        match side(config.get("size"), !crops)? {
            Side::None => return Err(fail("do_resize without a size; add \"size\"")),
            Side::Exact(size) => {
                let to = if crops { Size::Pixels(size) } else { Size::Input };
                steps.push(Resize { to, resample }.into());
                input = Some(size);
            }
            // ConvNeXt and ResNet: below 384 the shorter side goes to size / crop_pct and the
            // middle is cut out, above the picture is squashed.
            Side::Shortest(size) if config.get("crop_pct").is_some_and(Value::is_number) => {
                let fraction = config["crop_pct"].as_f64().unwrap_or(1.0);
                if size < 384 {
                    steps.push(ShorterSide { to: Length::InputOver(fraction), resample }.into());
                    steps.push(CENTRE);
                } else {
                    steps.push(Resize { to: Size::Input, resample }.into());
                }
                input = Some([size; 2]);
            }
            Side::Shortest(size) => {
                steps.push(ShorterSide { to: Length::Pixels(size), resample }.into());
                if !crops {
                    return Err(fail(format!(
                        "shortest_edge {size} without a centre crop leaves every photograph its own shape; add \
                         \"do_center_crop\" and \"crop_size\""
                    )));
                }
            }
        }
    }
    if crops {
        let Side::Exact(size) = side(config.get("crop_size"), true)? else {
            return Err(fail("do_center_crop without a crop_size; add it"));
        };
        steps.push(CENTRE);
        input = Some(size);
    }
    Ok((steps, input))
}

enum Side {
    None,
    Exact([usize; 2]),
    Shortest(usize),
}

/// `224`, `{"height": 224, "width": 224}` or `{"shortest_edge": 224}`.
fn side(value: Option<&Value>, number_is_square: bool) -> Result<Side, ImageError> {
    let number = |v: &Value| v.as_u64().and_then(|n| usize::try_from(n).ok());
    match value {
        None | Some(Value::Null) => Ok(Side::None),
        Some(Value::Object(object)) => {
            let get = |key: &str| object.get(key).and_then(number);
            match (get("height"), get("width"), get("shortest_edge")) {
                (Some(height), Some(width), _) => Ok(Side::Exact([height, width])),
                (_, _, Some(edge)) => Ok(Side::Shortest(edge)),
                _ => Err(fail(format!(
                    "size {value:?} has neither height and width nor shortest_edge",
                    value = Value::Object(object.clone())
                ))),
            }
        }
        Some(Value::Array(both)) if both.len() == 2 => match (number(&both[0]), number(&both[1])) {
            (Some(height), Some(width)) => Ok(Side::Exact([height, width])),
            _ => Err(fail("size is a list of two things that are not numbers")),
        },
        Some(other) => match number(other) {
            Some(n) if number_is_square => Ok(Side::Exact([n; 2])),
            Some(n) => Ok(Side::Shortest(n)),
            None => Err(fail(format!("size {other} is not understood"))),
        },
    }
}

fn resample(config: &Map<String, Value>) -> Result<Resample, ImageError> {
    let code = match config.get("resample") {
        None | Some(Value::Null) => 2,
        Some(value) => value.as_u64().ok_or_else(|| fail(format!("resample {value} is not a number")))?,
    };
    let filter =
        PillowFilter::from_code(code).ok_or_else(|| fail(format!("resample {code} is none of Pillow's codes 0–5")))?;
    let kind = ["image_processor_type", "feature_extractor_type"]
        .iter()
        .find_map(|key| config.get(*key)?.as_str())
        .unwrap_or("");
    if !kind.ends_with("Fast") {
        return Ok(Resample::pillow(filter));
    }
    let filter = match filter {
        PillowFilter::Nearest => TorchvisionFilter::Nearest,
        PillowFilter::Bilinear => TorchvisionFilter::Bilinear,
        PillowFilter::Bicubic => TorchvisionFilter::Bicubic,
        other => return Err(fail(format!("{kind} cannot resample with {}", other.name()))),
    };
    Ok(Resample::Torchvision { filter, antialias: true, rounded: true })
}

/// `x * factor (+ offset)`, then mean and std, said in terms of a [`Range`].
fn normalisation(config: &Map<String, Value>) -> Result<(Range, Vec<f32>, Vec<f32>), ImageError> {
    let factor = match config.get("rescale_factor") {
        _ if !flag(config, "do_rescale", true)? => 1.0,
        None | Some(Value::Null) => 1.0 / 255.0,
        Some(value) => value
            .as_f64()
            .filter(|f| *f > 0.0)
            .ok_or_else(|| fail(format!("rescale_factor {value} is not a positive number")))?,
    };
    let (mut mean, mut std) = (Vec::new(), Vec::new());
    if flag(config, "do_normalize", true)? {
        let values = |key: &str| match config.get(key) {
            None | Some(Value::Null) => Err(fail(format!("do_normalize without {key}; add it"))),
            Some(values) => serde_json::from_value::<Vec<f32>>(values.clone())
                .map_err(|_| fail(format!("{key} {values} is not a list of numbers"))),
        };
        (mean, std) = (values("image_mean")?, values("image_std")?);
    }
    let near = |target: f64| (factor / target - 1.0).abs() < 1e-4;
    if near(1.0 / 127.5) && flag(config, "rescale_offset", false)? {
        return Ok((Range::Signed, mean, std));
    }
    if near(1.0 / 255.0) {
        return Ok((Range::Unit, mean, std));
    }
    // Any other factor f: (x f - m) / s = (x - m / f) / (s / f).
    if !near(1.0) {
        let divide = |values: Vec<f32>| values.into_iter().map(|v| (f64::from(v) / factor) as f32).collect::<Vec<_>>();
        mean = divide(mean);
        std = if std.is_empty() { vec![(1.0 / factor) as f32; 3] } else { divide(std) };
    }
    Ok((Range::Levels, mean, std))
}

fn flag(config: &Map<String, Value>, key: &str, default: bool) -> Result<bool, ImageError> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value.as_bool().ok_or_else(|| fail(format!("{key} {value} is neither true nor false"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIT: &str = r#"{"do_normalize": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "image_processor_type": "ViTImageProcessor", "resample": 2, "rescale_factor": 0.00392156862745098, "size": {"height": 224, "width": 224}}"#;

    #[test]
    fn reads_the_three_families() {
        let vit = Preprocess::from_hugging_face(VIT).unwrap();
        assert_eq!(vit.steps, [Resize { to: Size::Input, resample: Resample::pillow(PillowFilter::Bilinear) }.into()]);
        assert_eq!((vit.range, vit.input), (Range::Unit, Some([224, 224])));
        let fast = Preprocess::from_hugging_face(&VIT.replace("Processor\"", "ProcessorFast\"")).unwrap();
        assert!(matches!(
            fast.steps[0],
            Step::Resize(Resize { resample: Resample::Torchvision { antialias: true, rounded: true, .. }, .. })
        ));
        let resnet = Preprocess::from_hugging_face(
            r#"{"crop_pct": 0.875, "do_normalize": true, "do_resize": true, "feature_extractor_type": "ConvNextFeatureExtractor",
            "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3, "size": {"shortest_edge": 224}}"#,
        )
        .unwrap();
        assert_eq!(
            resnet.steps[0],
            ShorterSide { to: Length::InputOver(0.875), resample: Resample::pillow(PillowFilter::Bicubic) }.into()
        );
        let clip = Preprocess::from_hugging_face(
            r#"{"crop_size": 224, "do_center_crop": true, "do_normalize": false, "do_resize": true, "do_rescale": false, "resample": 3, "size": 256}"#,
        )
        .unwrap();
        assert_eq!(
            clip.steps[0],
            ShorterSide { to: Length::Pixels(256), resample: Resample::pillow(PillowFilter::Bicubic) }.into()
        );
        assert_eq!((clip.range, clip.mean.len(), clip.input), (Range::Levels, 0, Some([224, 224])));
    }

    #[test]
    fn odd_factors_move_into_mean_and_std() {
        let got = Preprocess::from_hugging_face(&VIT.replace("0.00392156862745098", "0.01")).unwrap();
        assert_eq!((got.range, got.mean, got.std), (Range::Levels, vec![50.0; 3], vec![50.0; 3]));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (from, to, word) in [
            ("\"resample\": 2", "\"resample\": 9", "codes 0–5"),
            ("\"do_resize\": true", "\"do_resize\": 3", "neither true nor false"),
            ("\"height\": 224, ", "", "neither height and width"),
            ("[0.5, 0.5, 0.5], \"image_std\"", "0.5, \"image_std\"", "image_mean"),
            ("0.00392156862745098", "0", "rescale_factor"),
            ("224, \"width\"", "0, \"width\"", "outside"),
        ] {
            let text = VIT.replace(from, to);
            assert_ne!(text, VIT);
            let error = Preprocess::from_hugging_face(&text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
