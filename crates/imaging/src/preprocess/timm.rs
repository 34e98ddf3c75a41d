//! timm's `pretrained_cfg` → [`Preprocess`], as `timm/data/config.py` and `create_transform` read
//! it.

use serde_json::{Map, Value};

use super::presets::{IMAGENET_MEAN, IMAGENET_STD};
use super::{
    CentreCrop, Colour, CropRounding, Fit, Layout, Length, Preprocess, Range, Resize, ShorterSide, Size, Step,
};
use crate::ImageError;
use crate::resize::{PillowFilter, Resample};

pub(super) fn parse(text: &str) -> Result<Preprocess, ImageError> {
    let fail = |what: String| ImageError::Description { name: "timm".into(), what };
    let file: Map<String, Value> = serde_json::from_str(text).map_err(|e| fail(format!("not a JSON object: {e}")))?;
    let config = match file.get("pretrained_cfg") {
        Some(Value::Object(inner)) => inner,
        _ => &file,
    };
    if !["mean", "std", "crop_pct", "interpolation", "input_size"].iter().any(|key| config.contains_key(*key)) {
        return Err(fail(
            "it has none of mean, std, crop_pct, interpolation, input_size; give timm's config.json".into(),
        ));
    }
    let input = match config.get("input_size") {
        None | Some(Value::Null) => None,
        Some(size) => match serde_json::from_value::<[usize; 3]>(size.clone()) {
            Ok(size @ [1 | 3, _, _]) => Some(size),
            _ => return Err(fail(format!("input_size {size} is not [3, height, width]"))),
        },
    };
    let grey = matches!(input, Some([1, ..]));
    let channel_values = |key: &str, default: [f32; 3]| match config.get(key) {
        None | Some(Value::Null) if grey => Ok(Vec::new()),
        None | Some(Value::Null) => Ok(default.to_vec()),
        Some(values) => serde_json::from_value::<Vec<f32>>(values.clone())
            .map_err(|_| fail(format!("{key} {values} is not a list of numbers"))),
    };
    let fraction = match config.get("crop_pct") {
        None | Some(Value::Null) => 0.875,
        Some(value) => value.as_f64().ok_or_else(|| fail(format!("crop_pct {value} is not a number")))?,
    };
    let text_of = |key: &str, default: &str| config.get(key).and_then(Value::as_str).unwrap_or(default).to_lowercase();
    let interpolation = text_of("interpolation", "bicubic");
    let filter = PillowFilter::ALL.into_iter().find(|f| f.name() == interpolation);
    let resample = Resample::pillow(
        filter.ok_or_else(|| fail(format!("interpolation {interpolation:?} is not one of Pillow's filters")))?,
    );
    let mean = channel_values("mean", IMAGENET_MEAN)?;
    let mut fill = [0; 3];
    let first: Step = match text_of("crop_mode", "center").as_str() {
        "center" => ShorterSide { to: Length::InputOver(fraction), resample }.into(),
        "squash" => Resize { to: Size::InputOver(fraction), resample }.into(),
        "border" => {
            let level =
                |i: usize| (255.0 * mean.get(i).or(mean.first()).copied().unwrap_or(0.0)).round_ties_even() as u8;
            fill = [level(0), level(1), level(2)];
            Fit { to: Size::InputOver(fraction), resample }.into()
        }
        mode => return Err(fail(format!("crop_mode {mode:?} is not center, squash or border"))),
    };
    Ok(Preprocess {
        colour: if grey { Colour::Grey } else { Colour::Rgb },
        steps: vec![first, CentreCrop { to: Size::Input, rounding: CropRounding::HalfEven, fill }.into()],
        range: Range::Unit,
        mean,
        std: channel_values("std", IMAGENET_STD)?,
        layout: Layout::Nchw,
        input: input.map(|[_, h, w]| [h, w]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_hub_configuration() {
        let text = r#"{"architecture": "tf_efficientnetv2_s", "num_classes": 1000, "pretrained_cfg": {"input_size": [3, 300, 300],
            "test_input_size": [3, 384, 384], "interpolation": "bicubic", "crop_pct": 1.0, "crop_mode": "center", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}"#;
        let got = Preprocess::from_timm(text).unwrap();
        assert_eq!(got.input, Some([300, 300]));
        assert_eq!(got.mean, [0.5; 3]);
        assert_eq!(
            got.steps[0],
            ShorterSide { to: Length::InputOver(1.0), resample: Resample::pillow(PillowFilter::Bicubic) }.into()
        );
        let squash = Preprocess::from_timm(&text.replace("\"center\"", "\"squash\"")).unwrap();
        assert_eq!(
            squash.steps[0],
            Resize { to: Size::InputOver(1.0), resample: Resample::pillow(PillowFilter::Bicubic) }.into()
        );
    }

    #[test]
    fn reads_what_python_prints_of_a_data_configuration() {
        let printed = "{'input_size': (3, 224, 224), 'interpolation': 'bicubic', 'mean': (0.485, 0.456, 0.406), 'std': \
            (0.229, 0.224, 0.225), 'crop_pct': 0.95, 'crop_mode': 'center'}\n";
        let json = printed.replace('\'', "\"").replace('(', "[").replace(')', "]");
        let read = |text: &str| Preprocess::from_spec("data_config.json", |_| Ok(text.into())).unwrap();
        assert_eq!(read(printed), read(&json));
        assert_eq!((read(printed).input, read(printed).std), (Some([224; 2]), vec![0.229, 0.224, 0.225]));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (text, word) in [
            ("[1]", "JSON object"),
            ("{\"a\": 1}", "crop_pct"),
            (r#"{"interpolation": "random"}"#, "random"),
            (r#"{"crop_pct": "x"}"#, "crop_pct"),
            (r#"{"crop_pct": 0.0}"#, "input_over"),
            (r#"{"input_size": [3, 99999999, 1]}"#, "99999999"),
            (r#"{"mean": [0.1, 0.2]}"#, "2 values"),
        ] {
            let error = Preprocess::from_timm(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
