//! What a run is about: a model, its classes, and how it takes photographs.

use std::path::PathBuf;

use heatlens::{Head, InputLayout, Model, ModelOptions};
use heatlens_imaging::Preprocess;

use crate::Error;
use crate::inputs::{Content, Source};

/// How a model is read.
#[derive(Clone, Debug, Default)]
pub struct SubjectOptions {
    /// Its file.
    pub model: PathBuf,
    /// Names of the classes in the order of training; as the file has them if empty.
    pub classes: Vec<String>,
    /// The architecture, where it cannot be inferred.
    pub architecture: Option<String>,
    /// The part of a checkpoint that holds the weights, where there are several networks in it.
    pub weights: Option<String>,
    /// How the outputs are read; as the file says, or by their number where `None`.
    pub head: Option<Head>,
    /// The output that holds the class scores, where there are several.
    pub output: Option<String>,
    /// Values of inputs that are no image, by name.
    pub constants: Vec<(String, Vec<f32>)>,
    /// The preprocessing of training: a preset, `timm:FILE`, `hf:FILE`, or a TOML or JSON file.
    pub preprocess: Option<String>,
}

/// A model with its preprocessing.
#[derive(Clone)]
pub struct Subject {
    /// The model's file, as the user named it.
    pub path: PathBuf,
    /// The model.
    pub model: Model,
    /// From photographs to tensors.
    pub preprocess: Preprocess,
    /// What was assumed of the model, in words the user should see.
    pub notes: Vec<String>,
    /// What was assumed of the preprocessing, where none was named.
    pub assumed_preprocess: Option<String>,
    /// Whether the user or the file named the classes.
    pub names_classes: bool,
}

impl Subject {
    /// Reads the model and settles its preprocessing.
    ///
    /// # Errors
    /// If the model or the preprocessing cannot be used.
    pub fn open(options: &SubjectOptions) -> Result<Subject, Error> {
        let of = ModelOptions {
            architecture: options.architecture.clone(),
            classes: options.classes.clone(),
            head: options.head,
            output: options.output.clone(),
            weights: options.weights.clone(),
            constants: options.constants.clone(),
            input_size: None,
        };
        let model =
            Model::open(&options.model, &of).map_err(|source| Error::Model { path: options.model.clone(), source })?;
        refuse_other_order(&model, &options.classes)?;
        let (preprocess, assumed_preprocess) = preprocess(options.preprocess.as_deref(), &model)?;
        let notes = model.notes().to_vec();
        let names_classes = !options.classes.is_empty() || model.file_classes().is_some();
        Ok(Subject { path: options.model.clone(), model, preprocess, notes, assumed_preprocess, names_classes })
    }

    /// Builds the model for the input size of these images, or of the preprocessing, where it is
    /// another than the file's.
    ///
    /// # Errors
    /// If the images do not agree with each other or the network cannot take them.
    pub fn fitted(mut self, sources: &[Source]) -> Result<Subject, Error> {
        let size = input_size(sources, &self.preprocess, &self.model)?;
        if size != self.model.input().size() {
            self.model = self.model.with_input_size(size)?;
        }
        Ok(self)
    }
}

/// Refuses class names that are the file's own in another order: one of the two turns every result
/// around.
fn refuse_other_order(model: &Model, given: &[String]) -> Result<(), Error> {
    let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
    let sorted = |names: &[String]| {
        let mut names = lower(names);
        names.sort();
        names
    };
    let Some(in_file) = model.file_classes() else { return Ok(()) };
    if lower(in_file) != lower(given) && sorted(in_file) == sorted(given) {
        let (in_file, given) = (in_file.join(","), given.join(","));
        return Err(Error::Request(format!(
            "the file has its classes in the order {in_file}, and --classes says {given}: one of them turns every \
             result around. Leave --classes out to take the file's order; if the file is wrong, give the classes \
             names of your own, such as --classes {}",
            given.split(',').map(|name| format!("my-{name}")).collect::<Vec<_>>().join(",")
        )));
    }
    Ok(())
}

/// The preprocessing, and what the user should know where it was not said.
fn preprocess(spec: Option<&str>, model: &Model) -> Result<(Preprocess, Option<String>), Error> {
    if let Some(spec) = spec {
        return Ok((Preprocess::from_spec(spec, |path| std::fs::read(path))?, None));
    }
    if model.input().layout == InputLayout::Nhwc {
        return Err(Error::request(
            "a TensorFlow model does not say how images were scaled: say --preprocess keras-tf, keras-caffe or \
             keras-raw, or give a file",
        ));
    }
    let preprocess = Preprocess::imagenet_exact();
    let note = format!(
        "preprocessing was not given; assumed: {preprocess} (--preprocess changes it, `heatlens preprocess check` \
         tests it)"
    );
    Ok((preprocess, Some(note)))
}

/// The input size of a run: that of the tensors, or the one the preprocessing was made for, or the
/// model's own.
fn input_size(sources: &[Source], preprocess: &Preprocess, model: &Model) -> Result<[usize; 2], Error> {
    let own = preprocess.input.unwrap_or(model.input().size());
    let photograph = sources.iter().find(|source| source.content.values().is_none());
    let mut size = photograph.map(|source| (source, own));
    for source in sources {
        let Content::Tensor { batch, .. } = &source.content else { continue };
        let (channels, tensor_size) = match (model.input().layout, batch.shape.as_slice()) {
            (InputLayout::Nchw, &[_, channels, height, width]) | (InputLayout::Nhwc, &[_, height, width, channels]) => {
                (channels, [height, width])
            }
            (_, shape) => {
                let shown = &source.shown;
                return Err(Error::Request(format!("`{shown}` has shape {shape:?}; 4 dimensions are needed")));
            }
        };
        let (shown, wanted) = (&source.shown, model.input().channels);
        if channels != wanted {
            return Err(Error::Request(format!(
                "`{shown}` has {channels} channels in shape {:?}; the model takes {wanted}",
                batch.shape
            )));
        }
        match size {
            Some((first, [height, width])) if [height, width] != tensor_size => {
                return Err(Error::Request(format!(
                    "`{shown}` is {}×{}, but `{}` is {height}×{width}: explain them apart",
                    tensor_size[0], tensor_size[1], first.shown
                )));
            }
            _ => size = Some((source, tensor_size)),
        }
    }
    Ok(size.map_or(own, |(_, size)| size))
}
