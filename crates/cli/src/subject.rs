//! What a command is about: a model, images, and how the one takes the other.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use heatlens::{InputLayout, Model, ModelOptions};
use heatlens_imaging::{Affine, DecodeLimits, Photograph, Preprocess, decode};
use sha2::{Digest, Sha256};

use crate::inputs::{self, Content, Source};
use crate::printer::Printer;

#[derive(clap::Args)]
pub struct SubjectArgs {
    /// Checkpoint (.pth, .pt, .ckpt, .bin, .safetensors) or ONNX file
    pub model: PathBuf,
    /// Images, folders (searched recursively), globs, or .npy tensors (N, 3, H, W) that are already
    /// preprocessed
    #[arg(required = true)]
    pub inputs: Vec<String>,
    /// Names of the classes in the order of training, separated by commas
    #[arg(long, value_delimiter = ',', value_parser = trimmed)]
    pub classes: Vec<String>,
    /// Architecture, where it cannot be inferred (resnet18, densenet121 …)
    #[arg(long)]
    pub arch: Option<String>,
    /// Preprocessing of training: a preset, `timm:FILE`, `hf:FILE`, or a TOML or JSON file
    #[arg(long, long_help = preprocess_help())]
    pub preprocess: Option<String>,
}

/// One of several names that may be written with spaces after the commas.
pub fn trimmed(name: &str) -> Result<String, &'static str> {
    match name.trim() {
        "" => Err("a name is empty: separate names by one comma each"),
        name => Ok(name.to_owned()),
    }
}

/// The same, settled.
pub struct Subject {
    /// The model, built for the input size of this run.
    pub model: Model,
    /// From photographs to tensors.
    pub preprocess: Preprocess,
    /// The images.
    pub sources: Vec<Source>,
    /// What was assumed, in words the user should see.
    pub notes: Vec<String>,
}

impl SubjectArgs {
    /// Reads the model and lists the images; those under `out` are left out.
    pub fn settle(&self, out: &Path) -> Result<Subject> {
        let options =
            ModelOptions { architecture: self.arch.clone(), classes: self.classes.clone(), ..ModelOptions::default() };
        let mut model = Model::open(&self.model, &options).with_context(|| format!("`{}`", self.model.display()))?;
        let mut notes = model.notes().to_vec();
        let (preprocess, assumed) = preprocess(self.preprocess.as_deref(), &model)?;
        let (sources, others) = inputs::expand(&self.inputs, out)?;
        notes.extend(others);
        notes.extend(assumed.filter(|_| sources.iter().any(|source| source.content.values().is_none())));
        let size = input_size(&sources, &preprocess, &model)?;
        if size != model.input().size() {
            model = model.with_input_size(size)?;
        }
        Ok(Subject { model, preprocess, sources, notes })
    }
}

pub fn preprocess_help() -> String {
    let presets: Vec<String> =
        heatlens_imaging::PRESETS.iter().map(|(name, what)| format!("  {name}: {what}")).collect();
    format!(
        "Preprocessing of training, which decides whether predictions are right: a preset, `timm:config.json`, \
         `hf:preprocessor_config.json`, or a TOML or JSON file.\n\
         `heatlens preprocess check` says whether it equals your own pipeline's.\n\n{}",
        presets.join("\n")
    )
}

/// The preprocessing, and what the user should know where it was not said.
pub fn preprocess(spec: Option<&str>, model: &Model) -> Result<(Preprocess, Option<String>)> {
    if let Some(spec) = spec {
        return Ok((Preprocess::from_spec(spec, |path| std::fs::read(path))?, None));
    }
    if model.input().layout == InputLayout::Nhwc {
        bail!(
            "a TensorFlow model does not say how images were scaled: say --preprocess keras-tf, keras-caffe or \
             keras-raw, or give a file"
        );
    }
    let preprocess = Preprocess::imagenet_exact();
    let note = format!(
        "preprocessing was not given; assumed: {preprocess} (--preprocess changes it, `heatlens preprocess check` \
         tests it)"
    );
    Ok((preprocess, Some(note)))
}

/// The input size of this run: that of the tensors, or the one the preprocessing was made for, or
/// the model's own.
fn input_size(sources: &[Source], preprocess: &Preprocess, model: &Model) -> Result<[usize; 2]> {
    let photographs = sources.iter().find(|source| source.content.values().is_none());
    let mut size = photographs.map(|source| (source, preprocess.input.unwrap_or(model.input().size())));
    for source in sources {
        let Content::Tensor { batch, .. } = &source.content else { continue };
        let (channels, tensor_size) = match (model.input().layout, batch.shape.as_slice()) {
            (InputLayout::Nchw, &[_, channels, height, width]) | (InputLayout::Nhwc, &[_, height, width, channels]) => {
                (channels, [height, width])
            }
            (_, shape) => bail!("`{}` has shape {shape:?}; 4 dimensions are needed", source.shown),
        };
        if channels != model.input().channels {
            bail!(
                "`{}` has {channels} channels in shape {:?}; the model takes {}",
                source.shown,
                batch.shape,
                model.input().channels
            );
        }
        match size {
            Some((first, [height, width])) if [height, width] != tensor_size => {
                bail!(
                    "`{}` is {}×{}, but `{}` is {height}×{width}: explain them apart",
                    source.shown,
                    tensor_size[0],
                    tensor_size[1],
                    first.shown
                )
            }
            _ => size = Some((source, tensor_size)),
        }
    }
    Ok(size.map_or(model.input().size(), |(_, size)| size))
}

/// An image ready for the network.
pub struct Ready {
    /// What the network takes.
    pub tensor: Vec<f32>,
    /// The photograph, or what a tensor looks like.
    pub photograph: Photograph,
    /// From the input's pixels to the photograph's.
    pub to_photograph: Affine,
}

/// Reads an image and prepares it for an input of `[height, width]`.
///
/// # Errors
/// In words: what is wrong with the file.
pub fn prepare(source: &Source, preprocess: &Preprocess, input: [usize; 2]) -> Result<Ready, String> {
    match &source.content {
        Content::Photograph => {
            let bytes = std::fs::read(&source.path).map_err(|error| format!("cannot be read: {error}"))?;
            let photograph = decode(&bytes, &DecodeLimits::default()).map_err(|error| error.to_string())?;
            let prepared = preprocess.prepare(&photograph, input).map_err(|error| error.to_string())?;
            Ok(Ready { tensor: prepared.tensor, photograph, to_photograph: prepared.to_photograph })
        }
        Content::Tensor { .. } => {
            let tensor = source.content.values().expect("a tensor").to_vec();
            let photograph = preprocess.picture(&tensor, input);
            Ok(Ready { tensor, photograph, to_photograph: Affine::IDENTITY })
        }
    }
}

/// Keeps at most `most` sources, drawn with a seed, in their order.
pub fn sample(sources: &mut Vec<Source>, most: usize, seed: u64) {
    let key = |(i, source): (usize, &Source)| {
        let digest = Sha256::digest(format!("{seed}\t{i}\t{}", source.name));
        (u64::from_be_bytes(digest[..8].try_into().expect("eight bytes")), i)
    };
    let mut keys: Vec<_> = sources.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    let kept: HashSet<usize> = keys.into_iter().take(most).map(|(_, i)| i).collect();
    let mut position = 0..;
    sources.retain(|_| kept.contains(&position.next().expect("endless")));
}

/// The tensors of every image that can be read, and how many cannot; those are warned of.
///
/// # Errors
/// If none can be read.
pub fn tensors(
    sources: &[Source],
    preprocess: &Preprocess,
    model: &Model,
    printer: &Printer,
) -> Result<(Vec<Vec<f32>>, usize)> {
    let mut tensors = Vec::with_capacity(sources.len());
    for source in sources {
        match prepare(source, preprocess, model.input().size()) {
            Ok(ready) => tensors.push(ready.tensor),
            Err(error) => printer.warn(&format!("`{}` is left out: {error}", source.shown)),
        }
    }
    if tensors.is_empty() {
        bail!("none of the {} images can be read", sources.len());
    }
    let failed = sources.len() - tensors.len();
    Ok((tensors, failed))
}
