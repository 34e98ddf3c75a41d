//! What torchvision prints of its transforms → [`Preprocess`]: `weights.transforms()`, its fields as
//! JSON, or a `Compose`.

use serde_json::{Map, Value};

use super::python::{ITEMS, TYPE};
use super::{CentreCrop, Colour, Grey, Layout, Length, Preprocess, Range, Resize, ShorterSide, Size, Step};
use crate::ImageError;
use crate::resize::{PillowFilter, Resample};

fn fail(what: impl Into<String>) -> ImageError {
    ImageError::Description { name: "torchvision".into(), what: what.into() }
}

/// Whether these are torchvision's transforms.
pub(super) fn is_one(fields: &Map<String, Value>) -> bool {
    fields.contains_key("resize_size") || fields.get(TYPE).is_some_and(|name| name == "Compose")
}

pub(super) fn parse(fields: &Map<String, Value>) -> Result<Preprocess, ImageError> {
    let mut pipeline = Pipeline::default();
    if fields.contains_key("resize_size") {
        // torchvision/transforms/_presets.py: resize, crop, ToTensor, Normalize.
        let interpolation = fields.get("interpolation").unwrap_or(&Value::Null);
        if !fields["resize_size"].is_null() {
            pipeline.resize(&fields["resize_size"], interpolation)?;
        }
        pipeline.crop(fields.get("crop_size").ok_or_else(|| fail("resize_size without a crop_size; add it"))?)?;
        pipeline.is_scaled = true;
        pipeline.normalise(fields)?;
    } else {
        for transform in fields.get(ITEMS).and_then(Value::as_array).into_iter().flatten() {
            pipeline.transform(transform)?;
        }
    }
    pipeline.finished()
}

#[derive(Default)]
struct Pipeline {
    steps: Vec<Step>,
    /// Where the last step that knows ends.
    end: Option<[usize; 2]>,
    is_grey: bool,
    is_scaled: bool,
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Pipeline {
    fn transform(&mut self, transform: &Value) -> Result<(), ImageError> {
        let name = transform.get(TYPE).and_then(Value::as_str).unwrap_or_default();
        let fields = transform.as_object().ok_or_else(|| fail(format!("{transform} is no transform")))?;
        let field = |key: &str| fields.get(key).unwrap_or(&Value::Null);
        if !(self.mean.is_empty() || matches!(name, "ToPureTensor" | "Identity")) {
            return Err(fail(format!("{name} behind Normalize is not supported")));
        }
        match name {
            "Resize" => self.resize(field("size"), field("interpolation"))?,
            "CenterCrop" => self.crop(field("size"))?,
            "Grayscale" => match field("num_output_channels").as_u64() {
                Some(3) => self.steps.push(Grey {}.into()),
                _ if self.steps.iter().any(|step| matches!(step, Step::Grey(_))) => {
                    return Err(fail("Grayscale twice; leave one of them out"));
                }
                _ => self.is_grey = true,
            },
            "ToTensor" | "MaybeToTensor" | "ConvertImageDtype" => self.is_scaled = true,
            "ToDtype" => self.is_scaled |= field("scale") == &Value::Bool(true),
            "PILToTensor" | "MaybePILToTensor" | "ToImage" | "ToPILImage" | "ToPureTensor" | "Identity" => {}
            "Normalize" => self.normalise(fields)?,
            random if random.starts_with("Random") || random.contains("Augment") || random == "ColorJitter" => {
                return Err(fail(format!("{name} is for training: print the transforms of evaluation")));
            }
            "Lambda" => return Err(fail("a Lambda does not say what it does; write its step as TOML")),
            _ => {
                return Err(fail(format!(
                    "the transform {name} is not known; `heatlens preprocess show imagenet` prints a TOML to be changed"
                )));
            }
        }
        Ok(())
    }

    /// One number leads the shorter side to it, two are height and width.
    fn resize(&mut self, size: &Value, interpolation: &Value) -> Result<(), ImageError> {
        let name = interpolation.as_str().unwrap_or("bilinear").to_lowercase();
        let name = name.rsplit('.').next().unwrap_or_default().replace('_', "-");
        let name = if name.starts_with("nearest") { "nearest" } else { &name };
        let filter = PillowFilter::ALL.into_iter().find(|filter| filter.name() == name);
        let filter =
            filter.ok_or_else(|| fail(format!("interpolation {interpolation} is not one of Pillow's filters")))?;
        let resample = Resample::pillow(filter);
        match lengths(size)?[..] {
            [side] => {
                self.steps.push(ShorterSide { to: Length::Pixels(side), resample }.into());
                self.end = None;
            }
            [height, width] => {
                self.steps.push(Resize { to: Size::Pixels([height, width]), resample }.into());
                self.end = Some([height, width]);
            }
            _ => return Err(fail(format!("size {size} is neither one number nor height and width"))),
        }
        Ok(())
    }

    fn crop(&mut self, size: &Value) -> Result<(), ImageError> {
        let to = match lengths(size)?[..] {
            [side] => [side; 2],
            [height, width] => [height, width],
            _ => return Err(fail(format!("size {size} is neither one number nor height and width"))),
        };
        self.steps.push(CentreCrop::to(Size::Pixels(to)).into());
        self.end = Some(to);
        Ok(())
    }

    fn normalise(&mut self, fields: &Map<String, Value>) -> Result<(), ImageError> {
        let values = |key: &str| {
            let values = fields.get(key).cloned().unwrap_or_default();
            serde_json::from_value::<Vec<f32>>(values).map_err(|_| fail(format!("{key} is not a list of numbers")))
        };
        (self.mean, self.std) = (values("mean")?, values("std")?);
        Ok(())
    }

    fn finished(mut self) -> Result<Preprocess, ImageError> {
        let end = self.end.ok_or_else(|| {
            fail("its transforms leave every photograph a size of its own; add CenterCrop, or Resize to height and width")
        })?;
        // The network's input is the size that the last of them leads to.
        let last = self.steps.iter_mut().rev().find(|step| matches!(step, Step::Resize(_) | Step::CentreCrop(_)));
        if let Some(Step::Resize(Resize { to, .. }) | Step::CentreCrop(CentreCrop { to, .. })) = last {
            *to = Size::Input;
        }
        Ok(Preprocess {
            colour: if self.is_grey { Colour::Grey } else { Colour::Rgb },
            steps: self.steps,
            range: if self.is_scaled { Range::Unit } else { Range::Levels },
            mean: self.mean,
            std: self.std,
            layout: Layout::Nchw,
            input: Some(end),
        })
    }
}

/// `224`, `[224]` or `(224, 224)`.
fn lengths(size: &Value) -> Result<Vec<usize>, ImageError> {
    let list = if size.is_array() { size.clone() } else { vec![size.clone()].into() };
    serde_json::from_value(list).map_err(|_| fail(format!("size {size} holds something else than numbers of pixels")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Preprocess, ImageError> {
        Preprocess::from_spec("printed.json", |_| Ok(text.into()))
    }

    /// `print(ResNet50_Weights.IMAGENET1K_V2.transforms())`
    const PRINTED: &str = "ImageClassification(\n    crop_size=[224]\n    resize_size=[232]\n    \
        mean=[0.485, 0.456, 0.406]\n    std=[0.229, 0.224, 0.225]\n    interpolation=InterpolationMode.BILINEAR\n)\n";

    #[test]
    fn transforms_of_weights_are_read_as_they_are_printed() {
        let resample = Resample::pillow(PillowFilter::Bilinear);
        let steps = vec![ShorterSide { to: Length::Pixels(232), resample }.into(), CentreCrop::to(Size::Input).into()];
        let wanted = Preprocess { steps, input: Some([224, 224]), ..Preprocess::imagenet() };
        let fields = r#"{"crop_size": [224], "resize_size": [232], "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225], "interpolation": "bilinear", "antialias": true}"#;
        let variables = "{'training': True, '_parameters': {}, '_buffers': {}, '_hooks': OrderedDict(), 'a': set(), \
            'crop_size': [224], 'resize_size': [232], 'mean': [0.485, 0.456, 0.406], 'std': [0.229, 0.224, 0.225], \
            'interpolation': <InterpolationMode.BILINEAR: 'bilinear'>, 'antialias': True}";
        for text in [PRINTED, fields, variables] {
            assert_eq!(read(text).unwrap(), wanted, "{text}");
        }
        assert_eq!(read(&PRINTED.replace("BILINEAR", "BICUBIC")).unwrap().steps.len(), 2);
    }

    #[test]
    fn a_compose_is_read_as_it_is_printed() {
        // `print(timm.data.create_transform(...))`
        let timm = "Compose(\n    Resize(size=235, interpolation=bicubic, max_size=None, antialias=True)\n    \
            CenterCrop(size=(224, 224))\n    MaybeToTensor()\n    \
            Normalize(mean=tensor([0.4850, 0.4560, 0.4060]), std=tensor([0.2290, 0.2240, 0.2250]))\n)\n";
        let got = read(timm).unwrap();
        assert_eq!(
            (got.mean, got.std, got.input),
            (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225], Some([224; 2]))
        );
        let second = "Compose(\n      Resize(size=[299, 300], interpolation=bilinear, antialias=True)\n      \
            Grayscale(num_output_channels=3)\n      ToImage()\n      ToDtype(scale=True)\n)";
        let got = read(second).unwrap();
        assert_eq!(
            (got.range, got.input, got.steps.len(), got.colour),
            (Range::Unit, Some([299, 300]), 2, Colour::Rgb)
        );
        let levels =
            read("Compose(\n Resize(size=(8, 8))\n Grayscale(num_output_channels=1)\n PILToTensor()\n)").unwrap();
        assert_eq!((levels.range, levels.colour), (Range::Levels, Colour::Grey));
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        for (from, to, words) in [
            ("CenterCrop(size=(8, 8))", "Resize(size=8)", "a size of its own; add CenterCrop"),
            ("CenterCrop(size=(8, 8))", "RandomCrop(size=(8, 8))", "print the transforms of evaluation"),
            ("CenterCrop(size=(8, 8))", "Lambda()", "write its step as TOML"),
            ("CenterCrop(size=(8, 8))", "Posterise()", "preprocess show imagenet"),
            ("CenterCrop(size=(8, 8))", "CenterCrop(size=(a, b))", "numbers of pixels"),
            ("CenterCrop(size=(8, 8))", "CenterCrop(size=(8, 8, 8))", "height and width"),
        ] {
            let text = "Compose(\n    CenterCrop(size=(8, 8))\n    ToTensor()\n)";
            let error = read(&text.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let error = read(&PRINTED.replace("BILINEAR", "MAGIC")).unwrap_err().to_string();
        assert!(error.contains("Pillow's filters"), "{error}");
    }
}
