//! Recognises a model file by its bytes.

use std::io;

use heatlens_graph::Graph;
use prost::bytes::Bytes;

use crate::{FormatError, Problem};

/// The container that a model came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ONNX protobuf.
    Onnx,
    /// PyTorch checkpoint, zip container.
    TorchZip,
    /// PyTorch checkpoint, the format before version 1.6.
    TorchLegacy,
    /// PyTorch program of `torch.export` (`.pt2`).
    TorchExport,
    /// PyTorch program of TorchScript (`torch.jit`).
    TorchScript,
    /// safetensors.
    Safetensors,
    /// Keras, HDF5 (`.h5`).
    KerasHdf5,
    /// Keras 3, zip archive (`.keras`).
    KerasArchive,
}

/// Returns the bytes of a file beside the model, or why it cannot be read: [`io::ErrorKind::NotFound`]
/// where there is none.
pub type Sibling<'a> = dyn Fn(&str) -> io::Result<Vec<u8>> + 'a;

/// What a caller may say about a model file.
#[derive(Default)]
pub struct LoadOptions<'a> {
    /// Architecture by name (`resnet18`), where it cannot be inferred.
    pub architecture: Option<&'a str>,
    /// Height and width to build the network for; the architecture's or the file's own where
    /// `None`.
    pub input_size: Option<[usize; 2]>,
    /// Finds files beside the model: ONNX external data.
    pub sibling: Option<&'a Sibling<'a>>,
    /// Whether an ONNX file that is made for several images at a time is to be read for one, where
    /// its shapes allow.
    pub one_image: bool,
    /// The name of the file, which may tell the architecture where several have the same names and
    /// shapes.
    pub file_name: Option<&'a str>,
    /// The only output to read, or the head of a checkpoint that has several; all that can be read
    /// where `None`.
    pub output: Option<&'a str>,
    /// The part of a checkpoint that holds the weights, by its key (`best_state_dict`, `ckpt.ema`),
    /// its place in a list, or the beginning of the names; the most telling one where `None`.
    pub weights: Option<&'a str>,
    /// Values of ONNX inputs that are no image, by name: one for all elements, or one an element.
    pub constants: &'a [(String, Vec<f32>)],
}

/// A network that a file may hold as well: its weights have the same names and shapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Its name, as [`LoadOptions::architecture`] takes it.
    pub name: String,
    /// In what it computes otherwise than the network that was read, in words.
    pub differs: String,
}

/// How images were prepared for training, as far as something says so: what timm's `pretrained_cfg` has.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    /// Height and width.
    pub input: [usize; 2],
    /// Subtracted from values from 0 to 1, one a channel.
    pub mean: Vec<f32>,
    /// Divided by after that.
    pub std: Vec<f32>,
    /// How much of the resized image's extents is looked at.
    pub crop: f64,
    /// `center`, `squash` or `border`.
    pub mode: String,
    /// A filter of Pillow's.
    pub interpolation: String,
    /// Who says so, in words: `the learner in the file says`.
    pub by: String,
}

impl Preparation {
    /// As timm writes it.
    pub fn to_json(&self) -> String {
        let [height, width] = self.input;
        serde_json::json!({
            "input_size": [self.mean.len(), height, width],
            "mean": self.mean,
            "std": self.std,
            "crop_pct": self.crop,
            "crop_mode": self.mode,
            "interpolation": self.interpolation,
        })
        .to_string()
    }
}

/// A model that was read.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    /// The network, built for a batch of one.
    pub graph: Graph,
    /// Architecture name (`resnet18`), where known.
    pub architecture: Option<String>,
    /// The container.
    pub format: Format,
    /// Class names in the order of the outputs, where the file says them.
    pub classes: Option<Vec<String>>,
    /// What the outputs stand for, where the file or one beside it says so.
    pub problem: Option<Problem>,
    /// How images were prepared for training, where the file or its architecture says so.
    pub preparation: Option<Preparation>,
    /// Networks that the file may hold as well.
    pub twins: Vec<Twin>,
    /// What was assumed while reading, in words the user should see.
    pub notes: Vec<String>,
}

/// Reads a model of any known format.
///
/// # Errors
/// See [`FormatError`].
pub fn load(bytes: &[u8], options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    load_sharing(bytes, None, options)
}

/// Reads a model of any known format without a second copy of its weights: those that can be used
/// as they lie in the file stay there, and the network keeps the file's bytes.
///
/// # Errors
/// See [`FormatError`].
pub fn load_shared(file: &Bytes, options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    load_sharing(file, Some(file), options)
}

fn load_sharing(bytes: &[u8], shared: Option<&Bytes>, options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    if bytes.is_empty() {
        return Err(FormatError::NotAModel("the file is empty; download or copy it again".into()));
    }
    if crate::keras::is_keras(bytes) {
        return crate::keras::load_sharing(bytes, shared, options);
    }
    if crate::torch::is_checkpoint(bytes) {
        return crate::torch::load_sharing(bytes, shared, options);
    }
    match crate::foreign::explain(bytes) {
        Some(error) => Err(error),
        None => crate::onnx::load_sharing(bytes, shared, options),
    }
}
