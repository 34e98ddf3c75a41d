//! What happens to a photograph before a network sees it, as a value that can be saved, hashed and
//! shown.

mod blur;
mod equalise;
mod hugging_face;
mod lab;
mod picture;
mod prepare;
mod presets;
mod python;
mod size;
mod steps;
mod timm;
mod toml;
mod torchvision;
mod words;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ImageError;

pub use prepare::{Prepared, Stepped};
pub use presets::PRESETS;
pub use size::{Length, Size};
pub use steps::*;

pub(crate) use prepare::to_image;
pub(crate) use size::MAX_SIDE;
pub(crate) use steps::carry_out;

/// The order of the network's input channels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red: what OpenCV reads, and Keras's `caffe` mode.
    Bgr,
    /// One channel of ITU-R 601 luma: Pillow's `convert("L")`.
    Grey,
}

impl Colour {
    /// How many channels there are.
    pub const fn channels(self) -> usize {
        match self {
            Self::Rgb | Self::Bgr => 3,
            Self::Grey => 1,
        }
    }
}

/// What pixel values 0–255 become before mean and standard deviation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    /// 0–1: divided by 255.
    Unit,
    /// 0–255: unchanged.
    Levels,
    /// −1–1: divided by 127.5, minus 1.
    Signed,
}

impl Range {
    /// What a level becomes: `level * slope + intercept`.
    pub(crate) const fn line(self) -> (f64, f64) {
        match self {
            Self::Unit => (1.0 / 255.0, 0.0),
            Self::Levels => (1.0, 0.0),
            Self::Signed => (1.0 / 127.5, -1.0),
        }
    }
}

/// The order of the tensor's axes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Batch, channel, row, column: PyTorch.
    Nchw,
    /// Batch, row, column, channel: TensorFlow.
    Nhwc,
}

/// A preprocessing: colour order → steps → range → mean and standard deviation → layout.
///
/// There is one implementation, [`prepare`](Self::prepare), used by everything.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// The order of the channels.
    pub colour: Colour,
    /// The range of the values.
    pub range: Range,
    /// Subtracted after scaling to the range, one a channel in the order of `colour`; empty for
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f32>,
    /// Divided by after that; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub std: Vec<f32>,
    /// The order of the axes.
    pub layout: Layout,
    /// `[height, width]` of the input it was made for, where the description says so: the input to
    /// choose when the network takes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<[usize; 2]>,
    /// What is done to the photograph's pixels until they are the network's, in order; older
    /// descriptions call it `geometry`.
    #[serde(alias = "geometry")]
    pub steps: Vec<Step>,
}

impl Preprocess {
    /// Reads a preset or a description: one of [`PRESETS`], `timm:FILE` (a `config.json` of timm),
    /// `hf:FILE` (a `preprocessor_config.json` of Hugging Face), or a `.toml` or `.json` file
    /// written by heatlens or one of the two, or that holds what Python prints of torchvision's
    /// transforms or of timm's data configuration. `read` gets the file's name.
    ///
    /// # Errors
    /// [`ImageError::Description`] if there is no such preset, or the file cannot be read or
    /// understood.
    pub fn from_spec(spec: &str, read: impl FnOnce(&str) -> std::io::Result<Vec<u8>>) -> Result<Self, ImageError> {
        presets::from_spec(spec, read)
    }

    /// From heatlens's own TOML.
    ///
    /// # Errors
    /// [`ImageError::Description`] with the line that is wrong.
    pub fn from_toml(text: &str) -> Result<Self, ImageError> {
        toml::read(text)
    }

    /// From heatlens's own JSON.
    ///
    /// # Errors
    /// [`ImageError::Description`] with the line that is wrong.
    pub fn from_json(text: &str) -> Result<Self, ImageError> {
        let fail = |e: serde_json::Error| ImageError::Description { name: "JSON".into(), what: e.to_string() };
        serde_json::from_str::<Self>(text).map_err(fail)?.checked()
    }

    /// From a `config.json` of timm, or the `pretrained_cfg` inside it, as
    /// `timm.data.create_transform(**resolve_data_config(...))` reads it.
    ///
    /// # Errors
    /// [`ImageError::Description`] for what is not JSON, not such a file, or asks for something not
    /// supported.
    pub fn from_timm(text: &str) -> Result<Self, ImageError> {
        timm::parse(text)?.checked()
    }

    /// From a `preprocessor_config.json` of Hugging Face transformers.
    ///
    /// # Errors
    /// [`ImageError::Description`] for what is not JSON, not such a file, or asks for something not
    /// supported.
    pub fn from_hugging_face(text: &str) -> Result<Self, ImageError> {
        hugging_face::parse(text)?.checked()
    }

    /// TOML that [`from_toml`](Self::from_toml) reads.
    pub fn to_toml(&self) -> String {
        toml::write(&self.to_json())
    }

    /// Compact JSON with the fields in a fixed order: equal preprocessings have equal text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every field has a JSON form")
    }

    /// SHA-256 of [`to_json`](Self::to_json), 64 hexadecimal digits.
    pub fn hash(&self) -> String {
        format!("{:x}", Sha256::digest(self.to_json()))
    }

    /// The channels of the tensor: 3, or 1 for grey.
    pub fn channels(&self) -> usize {
        self.colour.channels()
    }

    /// The same for a network that takes its pixels in this layout and so many channels, and in
    /// words what was changed beside the layout: a network of one channel gets grey. The layout is
    /// the network's own affair, whatever a preset was made for.
    ///
    /// # Errors
    /// In words, if photographs cannot be brought to so many channels.
    pub fn fitted(mut self, layout: Layout, channels: usize) -> Result<(Self, Option<String>), String> {
        self.layout = layout;
        match (self.channels(), channels) {
            (own, wanted) if own == wanted => Ok((self, None)),
            (3, 1) => {
                let average = |values: &[f32]| match values {
                    [] => Vec::new(),
                    values => vec![values.iter().sum::<f32>() / values.len() as f32],
                };
                let grey =
                    Self { colour: Colour::Grey, mean: average(&self.mean), std: average(&self.std), ..self.clone() };
                grey.check().map_err(|what| format!("the network takes one channel, and {what}"))?;
                Ok((grey, Some("the network takes one channel: photographs are made grey".into())))
            }
            (1, 3) => Err("the preprocessing makes one channel (colour = \"grey\") and the network takes 3: write \
                           colour = \"rgb\" and add the step `grey`, which fills all three"
                .into()),
            (own, wanted) => Err(format!(
                "the network takes {wanted} channels and the preprocessing makes {own} of a photograph: give tensors \
                 (.npy) instead"
            )),
        }
    }

    /// Whether a step has to be told where the optic disc lies in each photograph.
    pub fn needs_disc(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::DiscCrop(crop) if crop.disc.is_none()))
    }

    /// The same for one photograph, whose optic disc lies there.
    pub fn around(&self, disc: DiscAt) -> Self {
        let mut placed = self.clone();
        for step in &mut placed.steps {
            if let Step::DiscCrop(crop) = step {
                crop.disc.get_or_insert(disc);
            }
        }
        placed
    }

    /// Itself, if its numbers make sense: a description comes from a stranger.
    fn checked(self) -> Result<Self, ImageError> {
        self.check().map(|()| self).map_err(|what| ImageError::Description { name: "values".into(), what })
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        let channels = self.channels();
        for (what, values) in [("mean", &self.mean), ("std", &self.std)] {
            if !(values.is_empty() || values.len() == channels) {
                return Err(format!(
                    "{what} has {} values for {channels} channels; give one a channel or none",
                    values.len()
                ));
            }
            if values.iter().any(|v| !v.is_finite()) || what == "std" && values.iter().any(|v| v.abs() < 1e-12) {
                return Err(format!("{what} holds a value that is zero or not finite: {values:?}"));
            }
        }
        if let Some([h, w]) = self.input
            && size::check_side(h).and(size::check_side(w)).is_err()
        {
            return Err(format!("an input of {h}×{w} is outside 1–{} pixels", size::MAX_SIDE));
        }
        self.steps.iter().try_for_each(|step| step.check(self.colour))
    }
}
