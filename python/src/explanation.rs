//! What is known of one image, as NumPy arrays and pictures.

use std::sync::{Arc, LazyLock};

use heatlens::{Head, Scale};
use heatlens_imaging::{
    Affine, Blend, Caption, Colormap, DrawStyle, Photograph, Picture, Verdict, draw_overlay, encode_png, warp,
};
use heatlens_run::drawing::{ColourScale, Depiction, Drawn, EMPTY, NOT_FINITE};
use heatlens_run::explain::{Answer, Row};
use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::{raised, within};

/// The map of one method, layer and target.
#[pyclass(frozen, module = "heatlens")]
#[derive(Clone)]
pub struct Heatmap {
    /// What it explains: a class, or `A vs B`.
    #[pyo3(get)]
    target: String,
    /// The method's name.
    #[pyo3(get)]
    method: &'static str,
    /// The layer, where it has one.
    #[pyo3(get)]
    layer: Option<String>,
    /// The score that is explained.
    #[pyo3(get)]
    value: f32,
    map: heatlens::Heatmap,
    scene: Arc<Scene>,
}

/// A photograph, or what a tensor looks like, which is drawn when it is asked for.
pub type Ground = LazyLock<Photograph, Box<dyn FnOnce() -> Photograph + Send>>;

/// What the maps of one image lie on.
struct Scene {
    photograph: Ground,
    to_photograph: Affine,
    /// Height and width of the network's input.
    input: [usize; 2],
}

#[pymethods]
impl Heatmap {
    /// The finished map at the size of the network's input: 0 to 1, or −1 to 1 where it is signed.
    #[getter]
    fn map<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        matrix(py, self.map.finish(self.scene.input))
    }

    /// The map as the method gives it: at the size of the layer, signed, before any ReLU.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        matrix(py, self.map.raw.clone())
    }

    /// The finished map in the photograph's own pixels.
    #[getter]
    fn photograph_map<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let size = self.scene.photograph.size();
        let finished = self.map.finish(self.scene.input);
        let warped = warp(&finished.values, self.scene.input, &self.scene.to_photograph, size);
        let mut values = vec![0.0; size[0] * size[1]];
        values.chunks_exact_mut(size[1]).enumerate().for_each(|(y, row)| warped.row(y, row));
        matrix(py, heatlens::Map::new(size[0], size[1], values))
    }

    /// Whether nothing in it says anything.
    #[getter]
    fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The photograph under the map, height × width × 3.
    #[pyo3(signature = (*, alpha=None, colormap=None, blend=None))]
    fn overlay<'py>(
        &self,
        py: Python<'py>,
        alpha: Option<f32>,
        colormap: Option<&str>,
        blend: Option<&str>,
    ) -> PyResult<Bound<'py, PyArray3<u8>>> {
        let style = DrawStyle { signed: self.map.scale == Scale::Signed, ..style(alpha, colormap, blend)? };
        let drawn = self.map.drawn(self.scene.input);
        let picture = py.detach(|| {
            let photograph: &Photograph = &self.scene.photograph;
            let warped = warp(&drawn.values, self.scene.input, &self.scene.to_photograph, photograph.size());
            draw_overlay(photograph, &warped, &style)
        });
        pixels(py, picture)
    }

    fn __repr__(&self) -> String {
        let at = self.layer.as_ref().map_or_else(String::new, |layer| format!(" at {layer}"));
        format!("Heatmap({} of {}{at})", self.method, self.target)
    }
}

impl Heatmap {
    fn drawn(&self) -> Drawn {
        Drawn {
            explained: self.target.clone(),
            method: self.map.method.card().title.to_owned(),
            layer: self.layer.clone().unwrap_or_default(),
            concept: self.map.part.map_or_else(String::new, |part| format!("concept {part}")),
            style: DrawStyle { signed: self.map.scale == Scale::Signed, ..DrawStyle::default() },
            map: self.map.drawn(self.scene.input),
            peak: self.map.raw.peak(self.map.scale),
            full: None,
            inscription: match (self.map.raw.is_finite(), self.map.is_empty()) {
                (false, _) => Some(NOT_FINITE),
                (true, true) => Some(EMPTY),
                (true, false) => None,
            },
        }
    }
}

/// How pictures are drawn where the user says something of it.
pub fn style(alpha: Option<f32>, colormap: Option<&str>, blend: Option<&str>) -> PyResult<DrawStyle> {
    let words = PyValueError::new_err::<String>;
    Ok(DrawStyle {
        alpha: alpha.map(|alpha| within("alpha", alpha, 0.0, 1.0)).transpose()?,
        colormap: colormap.map_or(Ok(Colormap::default()), str::parse).map_err(words)?,
        blend: blend.map_or(Ok(Blend::default()), str::parse).map_err(words)?,
        signed: false,
    })
}

/// What the network says of one image, and the maps.
#[pyclass(frozen, module = "heatlens")]
pub struct Explanation {
    /// What the image was called; empty for arrays.
    #[pyo3(get)]
    image: String,
    /// The predicted class; none where outputs are labels or values.
    #[pyo3(get)]
    prediction: Option<String>,
    /// Its probability.
    #[pyo3(get)]
    confidence: Option<f32>,
    /// The classes, in the order of the logits.
    #[pyo3(get)]
    classes: Vec<String>,
    /// All maps: targets in order, the methods of each, the layers of each.
    #[pyo3(get)]
    maps: Vec<Heatmap>,
    /// What makes a map doubtful, in words.
    #[pyo3(get)]
    notes: Vec<String>,
    /// What is true of the image, where a run knows its label.
    #[pyo3(get)]
    label: Option<String>,
    /// How the prediction compares with that, as the folders of a run are called: `true_positive`, `wrong/cat_as_dog`.
    #[pyo3(get)]
    outcome: Option<String>,
    verdict: Verdict,
    /// How long the network ran: forwards, backwards and for the maps; none of an image of `explain_many` with `out`.
    #[pyo3(get)]
    seconds: Option<f64>,
    logits: Vec<f32>,
    probabilities: Vec<f32>,
    scene: Arc<Scene>,
}

/// What an explanation is made of.
pub struct Explained<'a> {
    pub image: String,
    pub model: &'a heatlens::Model,
    pub explainer: &'a heatlens::Explainer,
    pub explanation: heatlens::Explanation,
    pub photograph: Ground,
    pub to_photograph: Affine,
    pub notes: Vec<String>,
    pub seconds: Option<f64>,
}

impl From<Explained<'_>> for Explanation {
    fn from(explained: Explained<'_>) -> Explanation {
        let Explained { image, model, explainer, explanation, photograph, to_photograph, mut notes, seconds } =
            explained;
        let scene = Arc::new(Scene { photograph, to_photograph, input: model.input().size() });
        let heatlens::Explanation { prediction, maps } = explanation;
        let class = |class: usize| model.classes()[class].clone();
        let of = |map: heatlens::Heatmap| Heatmap {
            target: match map.score.against {
                Some(against) => format!("{} vs {}", class(map.score.class), class(against)),
                None => class(map.score.class),
            },
            method: map.method.card().name,
            layer: map.layer.map(|layer| explainer.layers()[layer].name.clone()),
            value: map.value,
            scene: scene.clone(),
            map,
        };
        let maps: Vec<Heatmap> = maps.into_iter().map(of).collect();
        let doubt = |map: &Heatmap| match (map.map.raw.is_finite(), map.is_empty()) {
            (false, _) => Some(format!("the map of {} holds NaN or infinite values and means nothing", map.target)),
            (true, true) => Some(format!("empty map: nothing speaks for {}", map.target)),
            (true, false) => None,
        };
        notes.extend(maps.iter().filter_map(doubt));
        let of_one_class = matches!(model.head(), Head::Softmax | Head::Sigmoid);
        Explanation {
            image,
            prediction: of_one_class.then(|| class(prediction.class)),
            confidence: prediction.confidence().filter(|_| of_one_class),
            classes: model.classes().to_vec(),
            maps,
            notes,
            label: None,
            outcome: None,
            verdict: Verdict::Unknown,
            seconds,
            logits: prediction.logits,
            probabilities: prediction.probabilities,
            scene,
        }
    }
}

#[pymethods]
impl Explanation {
    /// One score a class, before softmax or sigmoid.
    #[getter]
    fn logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.logits)
    }

    /// One probability a class; empty where outputs are values.
    #[getter]
    fn probabilities<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.probabilities)
    }

    /// The first map, finished at the size of the network's input.
    #[getter]
    fn map<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        self.first()?.map(py)
    }

    /// The first map as the method gives it.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        self.first()?.raw(py)
    }

    /// The first map in the photograph's own pixels.
    #[getter]
    fn photograph_map<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        self.first()?.photograph_map(py)
    }

    /// The photograph, or what a tensor looks like, height × width × 3.
    #[getter]
    fn photograph<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray3<u8>>> {
        pixels(py, Photograph::clone(&self.scene.photograph))
    }

    /// The photograph under the first map.
    #[pyo3(signature = (*, alpha=None, colormap=None, blend=None))]
    fn overlay<'py>(
        &self,
        py: Python<'py>,
        alpha: Option<f32>,
        colormap: Option<&str>,
        blend: Option<&str>,
    ) -> PyResult<Bound<'py, PyArray3<u8>>> {
        self.first()?.overlay(py, alpha, colormap, blend)
    }

    /// Photograph, heatmaps and overlays over a caption, height × width × 3.
    fn panel<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray3<u8>>> {
        let panel = py.detach(|| self.drawn());
        pixels(py, panel)
    }

    /// The panel as a PNG file, which notebooks show.
    fn _repr_png_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let file = py.detach(|| encode_png(&self.drawn())).map_err(raised)?;
        Ok(PyBytes::new(py, &file))
    }

    fn __reduce__(&self) -> PyResult<Py<PyAny>> {
        Err(PyTypeError::new_err(
            "an explanation stays in its process, with its photograph: send on what is needed of it, such as `e.map`, \
             `e.probabilities` or `e.panel()`",
        ))
    }

    fn __repr__(&self) -> String {
        let said = match (&self.prediction, self.confidence) {
            (Some(class), Some(confidence)) => format!("{class}, {}", heatlens_imaging::percent(confidence)),
            _ => format!("{} outputs", self.classes.len()),
        };
        let maps: Vec<String> = self.maps.iter().map(|map| format!("{} of {}", map.method, map.target)).collect();
        format!("Explanation({said}; {})", maps.join(", "))
    }
}

impl Explanation {
    /// The same, with what the run that it belongs to knows of the image.
    pub fn beside(mut self, row: &Row) -> Explanation {
        if let (Some(_), Ok(Answer { finding, .. })) = (&row.label, &row.answer) {
            self.label.clone_from(&finding.label);
            self.outcome = Some(finding.outcome.to_string());
            self.verdict = match finding.outcome.is_correct() {
                Some(true) => Verdict::Right,
                Some(false) => Verdict::Wrong,
                None => Verdict::Unknown,
            };
        }
        self
    }

    fn first(&self) -> PyResult<&Heatmap> {
        self.maps.first().ok_or_else(|| PyValueError::new_err("the explanation has no map"))
    }

    fn drawn(&self) -> Picture {
        let maps: Vec<Drawn> = self.maps.iter().map(Heatmap::drawn).collect();
        let joined = |of: &dyn Fn(&Drawn) -> String| {
            let mut words: Vec<String> = maps.iter().map(of).filter(|word| !word.is_empty()).collect();
            words.dedup();
            words.join(", ")
        };
        let caption = Caption {
            image: self.image.clone(),
            predicted: self.prediction.clone().unwrap_or_default(),
            confidence: self.confidence,
            label: self.label.clone(),
            verdict: self.verdict,
            explained: joined(&|map| map.explained.clone()),
            layer: joined(&|map| map.layer.clone()),
            method: joined(&|map| map.method.clone()),
            scale: None,
            notes: self.notes.clone(),
        };
        let depiction = Depiction {
            photograph: &self.scene.photograph,
            to_photograph: self.scene.to_photograph,
            maps,
            scale: ColourScale::Map,
            outline: None,
            contours: false,
            tile: None,
        };
        depiction.panel(caption).draw()
    }
}

/// A map as an array of its own.
fn matrix(py: Python<'_>, map: heatlens::Map) -> PyResult<Bound<'_, PyArray2<f32>>> {
    PyArray1::from_vec(py, map.values).reshape([map.height, map.width])
}

/// A picture as an array of its own.
fn pixels(py: Python<'_>, picture: Picture) -> PyResult<Bound<'_, PyArray3<u8>>> {
    PyArray1::from_vec(py, picture.rgb).reshape([picture.height, picture.width, 3])
}
