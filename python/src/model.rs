//! A trained model.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use heatlens::{Combine, Head, InputLayout, Method, ScoreKind};
use heatlens_imaging::{Affine, DecodeLimits, Photograph, Prepared};
use heatlens_run::{Content, Depths, Ready, Source, Subject, SubjectOptions, around_disc, prepare};
use numpy::{PyReadonlyArray3, PyReadonlyArray4, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::compiled::{Ask, Compiled, Shown};
use crate::error::{ImageError, named, of_library, raised, shape, warn};
use crate::explanation::{Explanation, Ground};
use crate::pool::computing;

/// Compiled models that are kept.
const KEPT: usize = 4;

/// A trained classifier: its network, classes and preprocessing.
#[pyclass(frozen, module = "heatlens")]
pub struct Model {
    pub subject: Subject,
    /// The same, built for photographs, once one has been explained.
    fitted: OnceLock<Subject>,
    /// Locked by who holds the GIL alone, as the pool is.
    compiled: Mutex<Vec<Arc<Compiled>>>,
}

/// Reads a model of any format that the command reads. See `heatlens.load`.
#[pyfunction]
#[pyo3(signature = (path, *, classes=None, arch=None, weights=None, output=None, head=None, preprocess=None))]
#[expect(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn load(
    py: Python<'_>,
    path: PathBuf,
    classes: Option<Vec<String>>,
    arch: Option<String>,
    weights: Option<String>,
    output: Option<String>,
    head: Option<&str>,
    preprocess: Option<String>,
) -> PyResult<Model> {
    let options = SubjectOptions {
        model: path,
        classes: classes.unwrap_or_default(),
        architecture: arch,
        weights,
        output,
        head: head.map(|name| named("head", name, &Head::ALL)).transpose()?,
        constants: Vec::new(),
        preprocess,
    };
    let subject = computing(py, move || Subject::open(&options))?.map_err(raised)?;
    Ok(Model { subject, fitted: OnceLock::new(), compiled: Mutex::default() })
}

/// What is asked of an image, in words: targets, methods, layers, how the maps of several layers become one, the score
/// (`logit` or `probability`), and how maps are smoothed (`aug`, `eigen`).
#[derive(FromPyObject)]
pub struct Asked(Vec<String>, Vec<String>, Vec<String>, Option<String>, String, Vec<String>);

/// The same, understood.
pub struct Question {
    pub targets: Vec<String>,
    pub asks: Ask,
}

/// What is said of a name that is not known.
fn no(what: &str, name: &str, known: &[&str]) -> PyErr {
    PyValueError::new_err(format!("no {what} `{name}`; there are {}", known.join(", ")))
}

/// The method of this name, in any spelling.
pub fn method(name: &str) -> PyResult<Method> {
    let known = || Method::ALL.iter().map(|method| method.card().name).collect::<Vec<_>>();
    Method::named(name).ok_or_else(|| no("method", name, &known()))
}

impl Asked {
    pub fn read(self) -> PyResult<Question> {
        let Asked(targets, methods, layers, combine, score, smooth) = self;
        let joined = |name: &String| {
            let known = || Combine::ALL.iter().map(|combine| combine.name()).collect::<Vec<_>>();
            Combine::named(name).ok_or_else(|| no("combination", name, &known()))
        };
        let score = match score.as_str() {
            "logit" => ScoreKind::Logit,
            "probability" => ScoreKind::Probability,
            other => return Err(no("score", other, &["logit", "probability"])),
        };
        if let Some(other) = smooth.iter().find(|way| !["aug", "eigen"].contains(&way.as_str())) {
            return Err(no("smoothing", other, &["aug", "eigen"]));
        }
        let smooths = |way: &str| smooth.iter().any(|asked| asked == way);
        let asks = Ask {
            methods: methods.iter().map(|name| method(name)).collect::<PyResult<_>>()?,
            layers,
            combine: combine.as_ref().map(joined).transpose()?,
            score,
            augment: smooths("aug"),
            eigen: smooths("eigen"),
        };
        Ok(Question { targets, asks })
    }
}

#[pymethods]
impl Model {
    /// Class names in the order of the logits.
    #[getter]
    fn classes(&self) -> Vec<String> {
        self.subject.model.classes().to_vec()
    }

    /// The architecture's name, where known.
    #[getter]
    fn architecture(&self) -> Option<String> {
        self.subject.model.architecture().map(str::to_owned)
    }

    /// What was assumed while reading, a sentence each.
    #[getter]
    fn notes(&self) -> Vec<String> {
        let subject = self.fitted.get().unwrap_or(&self.subject);
        subject.notes.iter().chain(&subject.assumed_preprocess).cloned().collect()
    }

    /// Height and width of the network's input as the file has it.
    #[getter]
    fn input_size(&self) -> (usize, usize) {
        let [height, width] = self.subject.model.input().size();
        (height, width)
    }

    /// Whether the network takes `(N, height, width, channels)`.
    #[getter]
    fn channels_last(&self) -> bool {
        self.subject.model.input().layout == InputLayout::Nhwc
    }

    /// The preprocessing, in words.
    #[getter]
    fn preprocess(&self) -> String {
        self.subject.preprocess.to_string()
    }

    /// Layers worth explaining, from the input to the logits.
    fn layers(&self) -> Vec<String> {
        self.subject.model.layers().into_iter().map(|layer| layer.name).collect()
    }

    /// The layer explained where none is asked for.
    #[getter]
    fn default_layer(&self) -> PyResult<String> {
        Ok(self.subject.model.default_layer().map_err(of_library)?.name)
    }

    /// Whether an expression such as `layer4[-1]` names a layer that can be explained.
    fn has_layer(&self, expression: &str) -> bool {
        self.subject.model.layer(expression).is_ok()
    }

    /// Explains a photograph in a file.
    fn _explain_file(&self, py: Python<'_>, path: PathBuf, asked: Asked) -> PyResult<Explanation> {
        let asked = asked.read()?;
        let compiled = self.for_photographs(py, &asked)?;
        let (preprocess, size) = (self.subject.preprocess.clone(), compiled.model.input().size());
        compiled.explain(py, &asked.targets, move || {
            let shown = path.display().to_string();
            let content = Content::Photograph;
            let source = Source { shown: shown.clone(), name: String::new(), path, content };
            let ready = prepare(&source, &preprocess, size, &DecodeLimits::default())
                .map_err(|error| ImageError::new_err(format!("`{shown}`: {error}")))?;
            let depths = Depths::default();
            depths.see(ready.bits, &shown);
            let Ready { tensor, photograph, to_photograph, .. } = ready;
            let photograph = known(photograph);
            Ok(Shown { name: shown, tensor: tensor.into(), photograph, to_photograph, notes: depths.words() })
        })
    }

    /// Explains a photograph in memory, height × width × 3, levels from 0 to 255.
    fn _explain_pixels(&self, py: Python<'_>, pixels: PyReadonlyArray3<'_, u8>, asked: Asked) -> PyResult<Explanation> {
        let &[height, width, 3] = pixels.shape() else {
            return Err(shape(format!("a photograph is height × width × 3, and this is {:?}", pixels.shape())));
        };
        let rgb = pixels.as_slice()?.to_vec();
        let asked = asked.read()?;
        let compiled = self.for_photographs(py, &asked)?;
        let (preprocess, size) = (self.subject.preprocess.clone(), compiled.model.input().size());
        compiled.explain(py, &asked.targets, move || {
            let photograph = Photograph { width, height, rgb };
            let placed = around_disc(&preprocess, &photograph).map_err(ImageError::new_err)?;
            let prepared = placed.prepare(&photograph, size);
            let Prepared { tensor, to_photograph, .. } =
                prepared.map_err(|error| ImageError::new_err(error.to_string()))?;
            let photograph = known(photograph);
            Ok(Shown { name: String::new(), tensor: tensor.into(), photograph, to_photograph, notes: None })
        })
    }

    /// Explains preprocessed images, N × channels × height × width, or channels last where the network has
    /// them so.
    fn _explain_tensor(
        &self,
        py: Python<'_>,
        tensor: PyReadonlyArray4<'_, f32>,
        asked: Asked,
    ) -> PyResult<Vec<Explanation>> {
        let asked = asked.read()?;
        let shape_of = tensor.shape().to_vec();
        let input = self.subject.model.input();
        let (size, channels) = match input.layout {
            InputLayout::Nchw => ([shape_of[2], shape_of[3]], shape_of[1]),
            InputLayout::Nhwc => ([shape_of[1], shape_of[2]], shape_of[3]),
        };
        let takes = input.len() / (input.size()[0] * input.size()[1]);
        if channels != takes {
            let layout = if input.layout == InputLayout::Nhwc {
                "N × height × width × channels"
            } else {
                "N × channels × height × width"
            };
            return Err(shape(format!("the network takes {layout} with {takes} channels, and this is {shape_of:?}")));
        }
        let values = tensor.as_slice()?;
        let compiled = self.compiled(py, &asked, &self.subject.model, size)?;
        let one = |values: &[f32]| {
            let (tensor, preprocess) = (Arc::<[f32]>::from(values), self.subject.preprocess.clone());
            compiled.clone().explain(py, &asked.targets, move || {
                // Drawn where someone asks for it.
                let drawn = tensor.clone();
                let photograph = Ground::new(Box::new(move || preprocess.picture(&drawn, size)));
                let to_photograph = Affine::IDENTITY;
                Ok(Shown { name: String::new(), tensor, photograph, to_photograph, notes: None })
            })
        };
        values.chunks_exact(size[0] * size[1] * channels).map(one).collect()
    }

    fn __repr__(&self) -> String {
        let name = self.subject.model.architecture().unwrap_or("network of its own");
        format!("Model({name}; {})", self.subject.model.classes().join(", "))
    }
}

impl Model {
    /// Warns of what was assumed of the preprocessing, `level` frames of Python above.
    pub fn warn_of_preprocessing(&self, py: Python<'_>, level: i32) -> PyResult<()> {
        self.subject.assumed_preprocess.as_ref().map_or(Ok(()), |assumed| warn(py, assumed, level))
    }

    /// The network for photographs; what was assumed of the preprocessing is warned of.
    fn for_photographs(&self, py: Python<'_>, asked: &Question) -> PyResult<Arc<Compiled>> {
        let fitted = match self.fitted.get() {
            Some(fitted) => fitted,
            None => {
                let fitted = self.subject.clone().fitted(&[]).map_err(raised)?;
                self.fitted.get_or_init(|| fitted)
            }
        };
        self.warn_of_preprocessing(py, 3)?;
        self.compiled(py, asked, &fitted.model, fitted.model.input().size())
    }

    fn compiled(
        &self,
        py: Python<'_>,
        asked: &Question,
        own: &heatlens::Model,
        size: [usize; 2],
    ) -> PyResult<Arc<Compiled>> {
        let kept = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = kept().iter().find(|compiled| compiled.answers(&asked.asks, size)) {
            return Ok(compiled.clone());
        }
        let (own, asks) = (own.clone(), asked.asks.clone());
        let made = computing(py, move || {
            let model = if own.input().size() == size { own } else { own.with_input_size(size)? };
            Compiled::new(model, asks)
        })?;
        let compiled = Arc::new(made.map_err(of_library)?);
        let mut kept = kept();
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(compiled.clone());
        Ok(compiled)
    }
}

/// A photograph that is at hand.
pub fn known(photograph: Photograph) -> Ground {
    Ground::new(Box::new(move || photograph))
}
