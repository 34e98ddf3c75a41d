//! A trained classifier, ready to be explained.

use std::path::Path;

use heatlens_files::Kind;
use heatlens_formats::scores::{ScoreOptions, Scores, Squashing, scores};
use heatlens_formats::{Bytes, Format, LoadOptions, LoadedModel, Preparation, Problem, Sibling, Twin};
use heatlens_graph::layers::{self, Layer};
use heatlens_graph::{DType, Dim, Graph, Tensor, ValueId};
use sha2::{Digest, Sha256};

use crate::embedding::is_patch_embedding;
use crate::input::{InputSpec, input_spec};
use crate::scaling::{Scaling, own_scaling};
use crate::{Error, Head};

/// What a caller may say about a model.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// Architecture by name, where it cannot be inferred.
    pub architecture: Option<String>,
    /// Class names in the order of the outputs; `class 0`, `class 1` … where empty.
    pub classes: Vec<String>,
    /// Height and width of the input; the model's own where `None`.
    pub input_size: Option<[usize; 2]>,
    /// Name of the output that holds the class scores, where there are several.
    pub output: Option<String>,
    /// The part of a checkpoint that holds the weights, where there are several networks in it.
    pub weights: Option<String>,
    /// How the outputs are read; as the file says, or by their number where `None`.
    pub head: Option<Head>,
    /// Values of inputs that are no image, by name: one for all elements, or one an element.
    pub constants: Vec<(String, Vec<f32>)>,
}

/// A trained classifier: its network, its classes, and where it came from.
#[derive(Clone, Debug)]
pub struct Model {
    graph: Graph,
    input: InputSpec,
    head: Head,
    classes: Vec<String>,
    /// Class names that the file tells, for all classes.
    file_classes: Option<Vec<String>>,
    architecture: Option<String>,
    preparation: Option<Preparation>,
    twins: Vec<Twin>,
    format: Format,
    sha256: String,
    notes: Vec<String>,
}

impl Model {
    /// Reads a model file of any known format: ONNX, a PyTorch checkpoint, safetensors.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Format`], and as [`Model::from_bytes`].
    pub fn open(path: &Path, options: &ModelOptions) -> Result<Model, Error> {
        Model::read(path, options, |bytes| format!("{:x}", Sha256::digest(bytes)))
    }

    /// Reads the file of this model again with other options: its hash is known.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn reopened(&self, path: &Path, options: &ModelOptions) -> Result<Model, Error> {
        Model::read(path, options, |_| self.sha256.clone())
    }

    fn read(path: &Path, options: &ModelOptions, sha256: impl FnOnce(&[u8]) -> String) -> Result<Model, Error> {
        if path.join("saved_model.pb").is_file() {
            return Err(heatlens_formats::saved_model().into());
        }
        let bytes = heatlens_files::read(path, Kind::Model);
        let bytes = Bytes::from(bytes.map_err(|source| Error::Read { path: path.to_owned(), source })?);
        let sibling = |name: &str| heatlens_files::read_beside(path, name, Kind::Model);
        // Most weights stay in the bytes of the file: they need not fit into memory twice.
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let options_of_file = LoadOptions { file_name: name.as_deref(), ..load_options(&sibling, options) };
        Model::new(heatlens_formats::load_shared(&bytes, &options_of_file)?, sha256(&bytes), options)
    }

    /// Reads a model from memory; `sibling` returns files that lie beside it (ONNX external data), or
    /// [`NotFound`](std::io::ErrorKind::NotFound).
    ///
    /// # Errors
    /// [`Error::Format`] if the bytes are no usable model, [`Error::NotAClassifier`] if the network
    /// has no image input or no class scores, [`Error::ClassCount`] if the class names do not fit.
    pub fn from_bytes(bytes: &[u8], sibling: &Sibling<'_>, options: &ModelOptions) -> Result<Model, Error> {
        let loaded = heatlens_formats::load(bytes, &load_options(sibling, options))?;
        Model::new(loaded, format!("{:x}", Sha256::digest(bytes)), options)
    }

    fn new(loaded: LoadedModel, sha256: String, options: &ModelOptions) -> Result<Model, Error> {
        let LoadedModel { graph, architecture, format, classes: in_file, problem, preparation, twins, mut notes } =
            loaded;
        let input = input_spec(&graph)?;
        let named = Some(options.classes.len()).filter(|&classes| classes > 0);
        let asked = options.head.or(problem.map(Head::for_problem));
        let values = asked == Some(Head::Values);
        let read = ScoreOptions { output: options.output.as_deref(), classes: named, values };
        let Scores { graph, squashing, notes: of_scores } =
            scores(&graph, &read).map_err(|error| Error::NotAClassifier(error.to_string()))?;
        notes.extend(of_scores);
        let outputs = graph.shape(graph.outputs()[0])[1];
        let head = settle_head(options.head, problem, outputs, squashing, &mut notes)?;
        let count = head.classes(outputs);
        let file_classes = fitting_classes(in_file, count, &mut notes);
        let given = match &file_classes {
            Some(names) if options.classes.is_empty() => {
                notes.push(format!("the classes are named as in the file: {}", names.join(", ")));
                names
            }
            _ => &options.classes,
        };
        let classes = class_names(count, given, head)?;
        note_other_classes(file_classes.as_deref(), &classes, &mut notes);
        // Runs of two heads of one file must not be taken for the same.
        let architecture = match (&options.output, architecture) {
            (Some(output), Some(architecture)) => Some(format!("{architecture}, output `{output}`")),
            (_, architecture) => architecture,
        };
        Ok(Model { graph, input, head, classes, file_classes, architecture, preparation, twins, format, sha256, notes })
    }

    /// The network for a batch of one; its only output is the logits.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The input that the network is built for.
    pub fn input(&self) -> InputSpec {
        self.input
    }

    /// What the network does to its input before anything else, where it scales it by itself: a
    /// photograph must then not be normalised before.
    pub fn own_scaling(&self) -> Option<Scaling> {
        own_scaling(&self.graph)
    }

    /// Bytes of the weights and other constants as the network holds them.
    pub fn weights_bytes(&self) -> usize {
        self.graph.values().iter().filter_map(|value| value.constant.as_ref()).map(tensor_bytes).sum()
    }

    /// How the outputs are read.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Class names in the order of the logits.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Class names in the order of the logits as the file tells them, whatever the caller called
    /// them.
    pub fn file_classes(&self) -> Option<&[String]> {
        self.file_classes.as_deref()
    }

    /// How images were prepared for training, where the file or its architecture says so.
    pub fn preparation(&self) -> Option<&Preparation> {
        self.preparation.as_ref()
    }

    /// Networks whose weights have the same names and shapes: the file may hold one of them as
    /// well. Each can be asked for by name ([`ModelOptions::architecture`]).
    pub fn twins(&self) -> &[Twin] {
        &self.twins
    }

    /// Architecture name (`resnet18`), where known.
    pub fn architecture(&self) -> Option<&str> {
        self.architecture.as_deref()
    }

    /// The container that the model came in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// SHA-256 of the model file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What was assumed while reading, in words the user should see.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The class of this name or index; a name in another case where one class alone has it.
    ///
    /// # Errors
    /// [`Error::UnknownClass`].
    pub fn class(&self, text: &str) -> Result<usize, Error> {
        let by_name = self.classes.iter().position(|name| name == text);
        let by_index = || text.parse().ok().filter(|&index| index < self.classes.len());
        let in_any_case = || {
            let mut like =
                (0..self.classes.len()).filter(|&class| self.classes[class].to_lowercase() == text.to_lowercase());
            like.next().filter(|_| like.next().is_none())
        };
        by_name
            .or_else(by_index)
            .or_else(in_any_case)
            .ok_or_else(|| Error::UnknownClass { asked: text.to_owned(), known: self.classes.clone() })
    }

    /// The same model with its classes named, in the order of the logits.
    ///
    /// # Errors
    /// [`Error::ClassCount`].
    pub fn with_classes(&self, names: &[String]) -> Result<Model, Error> {
        let classes = class_names(self.classes.len(), names, self.head)?;
        let mut notes = self.notes.clone();
        note_other_classes(self.file_classes.as_deref(), &classes, &mut notes);
        Ok(Model { classes, notes, ..self.clone() })
    }

    /// The same model with another end: other outputs, read by another head.
    pub(crate) fn with_graph(&self, graph: Graph, head: Head, classes: Vec<String>) -> Model {
        Model { graph, head, classes, file_classes: None, ..self.clone() }
    }

    /// The same model for another input size.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network cannot take it.
    pub fn with_input_size(&self, [height, width]: [usize; 2]) -> Result<Model, Error> {
        let input = InputSpec { height, width, ..self.input };
        let graph = self.graph.specialise(&[&input.shape(1)])?;
        Ok(Model { graph, input, ..self.clone() })
    }

    /// The same network with other weights, which are named by the values of [`Model::graph`].
    ///
    /// # Errors
    /// [`Error::Graph`] if a value is no weight or has another shape.
    pub fn with_weights(&self, weights: impl IntoIterator<Item = (ValueId, Tensor)>) -> Result<Model, Error> {
        Ok(Model { graph: self.graph.with_weights(weights)?, ..self.clone() })
    }

    /// How many images a pass takes where `wanted` would be good: one where the file says that the
    /// network takes one at a time, as exporters write it that were not told otherwise. Its
    /// constants may then be made for one.
    pub(crate) fn at_once(&self, wanted: usize) -> usize {
        match self.graph.inputs()[0].dims[0] {
            Dim::Fixed(_) => 1,
            Dim::Free(_) => wanted,
        }
    }

    /// Layers worth explaining, from the input to the logits.
    pub fn layers(&self) -> Vec<Layer> {
        layers::candidates(&self.graph)
    }

    /// The layer explained where none is asked for: the last feature map before the classifier.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network has no such layer.
    pub fn default_layer(&self) -> Result<Layer, Error> {
        Ok(layers::default_target(&self.graph)?)
    }

    /// Whether a layer makes each cell of one patch of pixels by one convolution, before cells are
    /// compared: a vision transformer's patch embedding. Maps there say little of what the network
    /// finds.
    pub fn is_patch_embedding(&self, layer: &Layer) -> bool {
        is_patch_embedding(&self.graph, layer.value)
    }

    /// The pooling to several cells behind the default layer, where there is one: VGG's last, behind
    /// which other tools explain.
    pub fn pooled_layer(&self) -> Option<Layer> {
        layers::pooled(&self.graph, &self.default_layer().ok()?)
    }

    /// The last layer of each resolution from a stride of 8 on, from fine to coarse: where methods
    /// of several layers look.
    pub fn stages(&self) -> Vec<Layer> {
        let cells = |layer: &Layer| match *self.graph.shape(layer.value) {
            [_, _, height, width] => height * width,
            _ => 0,
        };
        let most = self.input.height * self.input.width / 64;
        let mut stages: Vec<Layer> = Vec::new();
        for layer in
            self.layers().into_iter().chain(self.default_layer()).filter(|layer| (2..=most).contains(&cells(layer)))
        {
            match stages.last_mut() {
                Some(last) if cells(last) == cells(&layer) => *last = layer,
                Some(last) if cells(last) < cells(&layer) => {}
                _ => stages.push(layer),
            }
        }
        stages
    }

    /// The layer that an expression such as `layer4[-1]`, `features.28` or an ONNX value name
    /// stands for.
    ///
    /// # Errors
    /// [`Error::Graph`] with the nearest names.
    pub fn layer(&self, expression: &str) -> Result<Layer, Error> {
        Ok(layers::resolve(&self.graph, expression)?)
    }
}

fn load_options<'a>(sibling: &'a Sibling<'a>, options: &'a ModelOptions) -> LoadOptions<'a> {
    LoadOptions {
        architecture: options.architecture.as_deref(),
        input_size: options.input_size,
        sibling: Some(sibling),
        one_image: true,
        file_name: None,
        output: options.output.as_deref(),
        weights: options.weights.as_deref(),
        constants: &options.constants,
    }
}

fn tensor_bytes(tensor: &Tensor) -> usize {
    let element = match tensor.dtype() {
        DType::F32 => size_of::<f32>(),
        DType::I64 => size_of::<i64>(),
        DType::Bool => size_of::<bool>(),
    };
    tensor.len() * element
}

/// The head asked for, which must fit the number of outputs, else the one that the file tells of.
fn settle_head(
    asked: Option<Head>,
    problem: Option<Problem>,
    outputs: usize,
    squashing: Option<Squashing>,
    notes: &mut Vec<String>,
) -> Result<Head, Error> {
    let told = match problem.map(Head::for_problem) {
        // One output is a sigmoid, whatever else is said of classes.
        Some(head) if asked.is_none() && (head == Head::Values || outputs > 1) => {
            notes.push(format!(
                "the outputs are read as `config.json` beside the model says: {} (`--head` changes it)",
                head.about()
            ));
            return Ok(head);
        }
        _ => Head::of(outputs, squashing),
    };
    match asked {
        Some(Head::Values) => Ok(Head::Values),
        Some(head) if (head == Head::Sigmoid) != (outputs == 1) => Err(Error::NotAClassifier(format!(
            "the model has {outputs} outputs, which cannot be read as {head:?}: one output is one sigmoid or \
             a value, several are a softmax, several sigmoids or values"
        ))),
        Some(head) => Ok(head),
        None => {
            if squashing.is_none() && outputs == 1 {
                notes.push(
                    "the one output is read as the logit of the second of two classes (a sigmoid): the file does not \
                     tell whether it is a value instead, such as a grade (`--head regression`)"
                        .into(),
                );
            }
            if squashing.is_none() && outputs > 2 {
                notes.push(format!(
                    "the {outputs} outputs are read as classes of which one is present (a softmax): the file does not \
                     tell whether each has a sigmoid of its own instead (`--head multilabel`)"
                ));
            }
            Ok(told)
        }
    }
}

/// The class names of a file, unless they are not one for each class.
fn fitting_classes(in_file: Option<Vec<String>>, count: usize, notes: &mut Vec<String>) -> Option<Vec<String>> {
    let names = in_file?;
    if names.len() == count {
        return Some(names);
    }
    notes.push(format!("the file names {} classes and the network has {count}: the names are not used", names.len()));
    None
}

/// Says where the caller's names are those of the file in another order.
fn note_other_classes(in_file: Option<&[String]>, classes: &[String], notes: &mut Vec<String>) {
    let Some(in_file) = in_file else { return };
    let sorted = |names: &[String]| {
        let mut names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        names.sort();
        names
    };
    let same = in_file.iter().zip(classes).all(|(a, b)| a.to_lowercase() == b.to_lowercase());
    if !same && sorted(in_file) == sorted(classes) {
        notes.push(format!(
            "the file has its classes in the order {}, and they were given in the order {}: one of them turns every \
             result around",
            in_file.join(", "),
            classes.join(", ")
        ));
    }
}

fn class_names(classes: usize, given: &[String], head: Head) -> Result<Vec<String>, Error> {
    if given.is_empty() {
        if head == Head::Values {
            return Ok(if classes == 1 {
                vec!["value".into()]
            } else {
                (0..classes).map(|i| format!("value {i}")).collect()
            });
        }
        return Ok((0..classes).map(|i| format!("class {i}")).collect());
    }
    if given.len() != classes {
        return Err(Error::ClassCount { classes, names: given.to_vec() });
    }
    Ok(given.to_vec())
}
