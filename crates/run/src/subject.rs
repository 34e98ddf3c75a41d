//! What a run is about: a model, its classes, and how it takes photographs.

use std::path::PathBuf;

use heatlens::{Head, InputLayout, InputSpec, Model, ModelOptions, Scaling, Twin};
use heatlens_files::Kind;
use heatlens_imaging::{Layout, Preprocess, Range};

use crate::inputs::{Content, Source};
use crate::{Error, Listener};

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
    /// What photographs meet on their way to the network, in words the user should see, or why they
    /// cannot become its input. Tensors do not go this way.
    of_photographs: Result<Vec<String>, String>,
    /// Whether the user or the file named the classes.
    pub names_classes: bool,
    /// How it was read.
    pub options: SubjectOptions,
}

impl Subject {
    /// Reads the model and settles its preprocessing.
    ///
    /// # Errors
    /// If the model or the preprocessing cannot be used.
    pub fn open(options: &SubjectOptions) -> Result<Subject, Error> {
        let model = open(options)?;
        refuse_other_order(&model, &options.classes)?;
        let (preprocess, of_photographs, assumed_preprocess) = preprocess(options.preprocess.as_deref(), &model)?;
        let notes = model.notes().to_vec();
        let names_classes = !options.classes.is_empty() || model.file_classes().is_some();
        Ok(Subject {
            path: options.model.clone(),
            model,
            preprocess,
            notes,
            assumed_preprocess,
            of_photographs,
            names_classes,
            options: options.clone(),
        })
    }

    /// The networks whose weights have the same names and shapes, read from the same file and for
    /// the same input; without those that cannot take it.
    pub fn twins(&self) -> impl Iterator<Item = (String, Model)> {
        self.model.twins().iter().filter_map(|twin| Some((twin.name.clone(), self.twin(twin)?)))
    }

    /// One of them.
    pub(crate) fn twin(&self, twin: &Twin) -> Option<Model> {
        let options = SubjectOptions { architecture: Some(twin.name.clone()), ..self.options.clone() };
        let model = self.model.reopened(&options.model, &model_options(&options)).ok()?;
        let fits = model.input() == self.model.input();
        if fits { Some(model) } else { model.with_input_size(self.model.input().size()).ok() }
    }

    /// Builds the model for the input size of these images, or of the preprocessing, where it is
    /// another than the file's, and adds to the notes what photographs among them meet. No images
    /// stand for photographs that are listed elsewhere.
    ///
    /// # Errors
    /// If the images do not agree with each other or the network cannot take them.
    pub fn fitted(mut self, sources: &[Source]) -> Result<Subject, Error> {
        let photographs = sources.is_empty() || sources.iter().any(|source| source.content.values().is_none());
        if photographs {
            self.notes.extend(self.of_photographs.clone().map_err(Error::Request)?);
        }
        let unsaid = self.assumed_preprocess.is_some() && self.model.own_scaling().is_none();
        if photographs && unsaid && self.model.input().layout == InputLayout::Nhwc {
            return Err(Error::request(
                "a TensorFlow model does not say how images were scaled: say --preprocess keras-tf, keras-caffe, \
                 keras-255 or keras-raw, or give a file",
            ));
        }
        let size = input_size(sources, &self.preprocess, &self.model)?;
        if size != self.model.input().size() {
            self.model = self.model.with_input_size(size)?;
        }
        match self.preprocess.other_end(size).filter(|_| photographs) {
            None => Ok(self),
            Some(end) => Err(Error::Request(self.other_size(end))),
        }
    }

    /// The same for images whose listing brought up `remarks`: all that was assumed is said.
    ///
    /// # Errors
    /// As [`Subject::fitted`].
    pub(crate) fn for_images(
        self,
        sources: &[Source],
        remarks: Option<String>,
        listener: &mut dyn Listener,
    ) -> Result<Subject, Error> {
        let subject = self.fitted(sources)?;
        let photographs = sources.iter().any(|source| source.content.values().is_none());
        let assumed = subject.assumed_preprocess.iter().filter(|_| photographs);
        subject.notes.iter().chain(&remarks).chain(assumed).for_each(|note| listener.note(note));
        Ok(subject)
    }

    /// What to do about steps that end at another size than the network's.
    fn other_size(&self, [height, width]: [usize; 2]) -> String {
        let [h, w] = self.model.input().size();
        let line = match self.model.with_input_size([height, width]) {
            Ok(_) => {
                format!("add the line `input = [{height}, {width}]` above its steps, for a network of that size, or ")
            }
            Err(_) => String::new(),
        };
        format!(
            "the steps of the preprocessing end at {height}×{width}, and the network takes {h}×{w}: {line}write `to = \
             \"input\"` in the last step that resizes or crops"
        )
    }
}

fn open(options: &SubjectOptions) -> Result<Model, Error> {
    Model::open(&options.model, &model_options(options))
        .map_err(|source| Error::Model { path: options.model.clone(), source })
}

fn model_options(options: &SubjectOptions) -> ModelOptions {
    ModelOptions {
        architecture: options.architecture.clone(),
        classes: options.classes.clone(),
        head: options.head,
        output: options.output.clone(),
        weights: options.weights.clone(),
        constants: options.constants.clone(),
        input_size: None,
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

/// The preprocessing in the network's own layout and channels, what photographs meet on this way or
/// why they cannot go it, and what was assumed where it was not said.
type Way = (Preprocess, Result<Vec<String>, String>, Option<String>);

fn preprocess(spec: Option<&str>, model: &Model) -> Result<Way, Error> {
    let own = model.own_scaling();
    let asked = match spec {
        Some(spec) => Preprocess::from_spec(spec, |path| heatlens_files::read(path.as_ref(), Kind::Description))?,
        None => match (own, model.preparation()) {
            (Some(scaling), _) if scaling.takes_levels() => Preprocess::rgb_levels(),
            (Some(_), _) => Preprocess::rgb_255(),
            (None, Some(preparation)) => Preprocess::from_timm(&preparation.to_json())?,
            (None, None) => Preprocess::imagenet_exact(),
        },
    };
    let input = model.input();
    let layout = if input.layout == InputLayout::Nchw { Layout::Nchw } else { Layout::Nhwc };
    let (preprocess, changed) = match asked.clone().fitted(layout, input.channels) {
        Ok(fitted) => fitted,
        Err(why) => return Ok((Preprocess { layout, ..asked }, Err(why), None)),
    };
    let twice = spec.zip(own).and_then(|(spec, own)| scaled_twice(spec, &preprocess, own));
    let assumed = spec.is_none().then(|| {
        let why = match (own, model.preparation()) {
            (Some(_), _) => ", as the network scales its input by itself".to_owned(),
            (None, Some(preparation)) => format!(", as {}", preparation.by),
            (None, None) => String::new(),
        };
        format!(
            "preprocessing was not given; assumed{why}: {preprocess} (--preprocess changes it, `heatlens check` asks \
             the network's batch norms, `heatlens preprocess check` compares it with your own pipeline)"
        )
    });
    let found = preprocess.needs_disc().then(|| {
        "photographs are cropped around the disc that heatlens finds in each, which training may have found otherwise \
         (`disc` in the step disc_crop says where it lies; panels show the crop)"
            .to_owned()
    });
    Ok((preprocess, Ok(changed.into_iter().chain(twice).chain(found).collect()), assumed))
}

/// Warns of values that a network scales again which takes others.
fn scaled_twice(spec: &str, preprocess: &Preprocess, own: Scaling) -> Option<String> {
    let [right, takes] = match own.takes_levels() {
        true => ["rgb-levels", "from 0 to 255"],
        false => ["rgb-255", "from 0 to 1"],
    };
    let wanted = if own.takes_levels() { Range::Levels } else { Range::Unit };
    let fits = preprocess.range == wanted && preprocess.mean.is_empty() && preprocess.std.is_empty();
    (!fits).then(|| {
        format!(
            "the network scales its input by itself and seems to take values {takes}; `{spec}` scales them before \
             ({}): unless training did so too, say --preprocess {right}",
            preprocess.values_in_words()
        )
    })
}

/// The input size of a run: that of the tensors, or the one the preprocessing was made for, or the
/// model's own.
fn input_size(sources: &[Source], preprocess: &Preprocess, model: &Model) -> Result<[usize; 2], Error> {
    let own = preprocess.input.unwrap_or(model.input().size());
    let photograph = sources.iter().find(|source| source.content.values().is_none());
    let mut size = photograph.map(|source| (source, own));
    for source in sources {
        let Content::Tensor { batch, .. } = &source.content else { continue };
        let tensor_size = tensor_size(&source.shown, &batch.shape, model.input())?;
        let shown = &source.shown;
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

/// Height and width of tensors of this shape, channels where the network has them; one channel may
/// stand on either side, as its values lie alike.
fn tensor_size(shown: &str, shape: &[usize], input: InputSpec) -> Result<[usize; 2], Error> {
    let &[_, a, b, c] = shape else {
        return Err(Error::Request(format!("`{shown}` has shape {shape:?}; 4 dimensions are needed")));
    };
    let (first, last) = ((a, [b, c]), (c, [a, b]));
    let (here, there) = if input.layout == InputLayout::Nchw { (first, last) } else { (last, first) };
    let wanted = input.channels;
    if here.0 == wanted {
        return Ok(here.1);
    }
    if wanted == 1 && there.0 == 1 {
        return Ok(there.1);
    }
    let next = if there.0 == wanted {
        let axes = if input.layout == InputLayout::Nchw { "0, 3, 1, 2" } else { "0, 2, 3, 1" };
        format!("; they stand on another axis: save `x.transpose({axes})` of the batch `x`")
    } else if here.0 == 1 {
        let axis = if input.layout == InputLayout::Nchw { 1 } else { 3 };
        format!(
            "; if training repeated the one channel, save `numpy.repeat(x, {wanted}, axis={axis})` of the batch `x`"
        )
    } else {
        String::new()
    };
    let plural = if here.0 == 1 { "" } else { "s" };
    Err(Error::Request(format!(
        "`{shown}` has {} channel{plural} in shape {shape:?}; the model takes {wanted}{next}",
        here.0
    )))
}

#[cfg(test)]
mod tests {
    use heatlens::graph::ops::{Conv, Div, Flatten, GlobalAveragePool, Relu};
    use heatlens::graph::{DType, Dim, Graph, ModulePath, Tensor, ValueId};
    use heatlens_formats::onnx::{WriteOptions, write};
    use heatlens_imaging::{Array, Colour};

    use super::*;

    /// A classifier of 16×16 pixels in a file, with something before its only convolution.
    fn classifier(
        folder: &tempfile::TempDir,
        channels: usize,
        first: impl FnOnce(&mut Graph, ValueId) -> ValueId,
    ) -> PathBuf {
        let (mut graph, root) = (Graph::new(), ModulePath::root());
        let shape = [1, channels, 16, 16];
        let free = |name: &str| Dim::Free(name.to_owned());
        let dims = vec![Dim::Fixed(1), Dim::Fixed(channels), free("height"), free("width")];
        let x = graph.input("x", DType::F32, dims, &shape);
        let x = first(&mut graph, x);
        let weights = (0..4 * channels * 9).map(|i| (i % 7) as f32 - 3.0).collect();
        let weight = graph.constant("w", Tensor::f32([4, channels, 3, 3], weights));
        let y = graph.add(Conv::default(), &[x, weight], &root).unwrap();
        let y = graph.add(Relu, &[y], &root).unwrap();
        let weight = graph.constant("v", Tensor::f32([2, 4, 1, 1], vec![1.0, -1.0, 0.5, 2.0, -1.0, 1.0, 2.0, 0.5]));
        let y = graph.add(GlobalAveragePool, &[y], &root).unwrap();
        let y = graph.add(Conv::default(), &[y, weight], &root).unwrap();
        let y = graph.add(Flatten { axis: 1 }, &[y], &root).unwrap();
        graph.set_outputs(vec![y]);
        let path = folder.path().join("model.onnx");
        std::fs::write(&path, write(&graph, &WriteOptions::default()).unwrap()).unwrap();
        path
    }

    #[test]
    fn what_a_model_says_of_its_photographs_is_read_as_timms() {
        let preparation = heatlens_formats::Preparation {
            input: [64, 96],
            mean: vec![0.5; 3],
            std: vec![0.25; 3],
            crop: 1.0,
            mode: "squash".into(),
            interpolation: "bilinear".into(),
            by: "the file says".into(),
        };
        let preprocess = Preprocess::from_timm(&preparation.to_json()).unwrap();
        assert_eq!(preprocess.input, Some([64, 96]));
        assert_eq!((preprocess.mean, preprocess.std), (vec![0.5; 3], vec![0.25; 3]));
    }

    fn open(model: PathBuf, preprocess: Option<&str>) -> Result<Subject, Error> {
        fitted(model, preprocess, &[])
    }

    fn fitted(model: PathBuf, preprocess: Option<&str>, sources: &[Source]) -> Result<Subject, Error> {
        let preprocess = preprocess.map(str::to_owned);
        Subject::open(&SubjectOptions { model, preprocess, ..SubjectOptions::default() })?.fitted(sources)
    }

    fn tensor(shape: &[usize]) -> Source {
        let batch = Array { shape: shape.to_vec(), values: vec![0.0; shape.iter().product()] };
        let content = Content::Tensor { batch: batch.into(), index: 0 };
        Source { content, ..Source::photograph("x.npy".as_ref(), "x") }
    }

    #[test]
    fn the_layout_and_the_channels_are_the_networks() {
        let folder = tempfile::tempdir().unwrap();
        let subject = open(classifier(&folder, 3, |_, x| x), Some("keras-raw")).unwrap();
        assert_eq!(subject.preprocess.layout, Layout::Nchw);
        assert!(!subject.notes.iter().any(|note| note.contains("made grey")), "{:?}", subject.notes);
        for preset in [None, Some("imagenet"), Some("keras-caffe")] {
            let subject = open(classifier(&folder, 1, |_, x| x), preset).unwrap();
            assert_eq!((subject.preprocess.colour, subject.preprocess.channels()), (Colour::Grey, 1));
            assert!(subject.notes.iter().any(|note| note.contains("made grey")), "{:?}", subject.notes);
        }
        let refused = open(classifier(&folder, 4, |_, x| x), None).err().unwrap().to_string();
        assert!(refused.contains("takes 4 channels") && refused.contains(".npy"), "{refused}");
    }

    #[test]
    fn steps_that_end_elsewhere_are_refused_with_a_line_that_helps() {
        let folder = tempfile::tempdir().unwrap();
        let model = classifier(&folder, 3, |_, x| x);
        let path = folder.path().join("own.toml");
        let toml = Preprocess::rgb_255().to_toml();
        let other = toml.replace("to = \"input\"", "to = { pixels = [24, 20] }");
        assert_ne!(other, toml);
        std::fs::write(&path, &other).unwrap();
        let spec = path.to_str().unwrap();
        let refused = open(model.clone(), Some(spec)).err().unwrap().to_string();
        assert!(refused.contains("end at 24×20, and the network takes 224×224"), "{refused}");
        assert!(refused.contains("`input = [24, 20]`") && refused.contains("`to = \"input\"`"), "{refused}");
        std::fs::write(&path, format!("input = [24, 20]\n{other}")).unwrap();
        assert_eq!(open(model.clone(), Some(spec)).unwrap().model.input().size(), [24, 20]);
        std::fs::write(&path, toml).unwrap();
        assert_eq!(open(model, Some(spec)).unwrap().model.input().size(), [224, 224]);
    }

    #[test]
    fn tensors_may_have_channels_that_no_photograph_has() {
        let folder = tempfile::tempdir().unwrap();
        let four = classifier(&folder, 4, |_, x| x);
        let subject = fitted(four.clone(), None, &[tensor(&[1, 4, 20, 18])]).unwrap();
        assert_eq!(subject.model.input().size(), [20, 18]);
        let refused = |path: &PathBuf, shape: &[usize]| fitted(path.clone(), None, &[tensor(shape)]).err().unwrap();
        let turned = refused(&four, &[1, 16, 16, 4]).to_string();
        assert!(turned.ends_with("save `x.transpose(0, 3, 1, 2)` of the batch `x`"), "{turned}");
        let one = refused(&four, &[1, 1, 16, 16]).to_string();
        assert!(one.contains("has 1 channel in shape") && one.contains("numpy.repeat(x, 4, axis=1)"), "{one}");
        let grey = classifier(&folder, 1, |_, x| x);
        for shape in [[1, 1, 20, 18], [1, 20, 18, 1]] {
            let subject = fitted(grey.clone(), None, &[tensor(&shape)]).unwrap();
            assert_eq!(subject.model.input().size(), [20, 18]);
            assert!(!subject.notes.iter().any(|note| note.contains("made grey")), "{:?}", subject.notes);
        }
    }

    #[test]
    fn a_network_that_scales_its_input_is_not_given_scaled_values() {
        let folder = tempfile::tempdir().unwrap();
        let scaled = |by: f32| {
            classifier(&folder, 3, |graph, x| {
                let by = graph.constant("by", Tensor::f32([1, 3, 1, 1], vec![by; 3]));
                graph.add(Div, &[x, by], &ModulePath::root()).unwrap()
            })
        };
        let subject = open(scaled(255.0), None).unwrap();
        assert_eq!(subject.preprocess, Preprocess::rgb_levels());
        assert!(subject.assumed_preprocess.unwrap().contains("the network scales its input by itself"));
        assert_eq!(open(scaled(0.229), None).unwrap().preprocess, Preprocess::rgb_255());
        let twice = open(scaled(255.0), Some("imagenet")).unwrap().notes.join("\n");
        assert!(twice.contains("values from 0 to 255") && twice.ends_with("say --preprocess rgb-levels"), "{twice}");
        let once = open(scaled(255.0), Some("keras-raw")).unwrap().notes.join("\n");
        assert!(!once.contains("scales its input"), "{once}");
    }
}
