//! Questions to a model and its photographs, and to two runs: what the commands `check`, `evaluate`,
//! `sanity` and `compare` answer.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};

use heatlens::metrics::{EvaluatorOptions, Metric};
use heatlens::sanity::SanityOptions;
use heatlens::{Method, is_same_name};
use heatlens_report::compare_named;
use heatlens_report::page::comparison_html;
use heatlens_run::check::AskOptions;
use heatlens_run::{
    Error, LabelOptions, Listener, Said, Stop, default_threads, each_once, evaluate as evaluating, expand,
    sanity as randomising,
};
use heatlens_statistics::Settings;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::{raised, warn, within};
use crate::model::{Model, method};
use crate::waiting::listening;

/// An answer: its figures, and how the command tells them.
#[pyclass(frozen, module = "heatlens", get_all)]
pub struct Told {
    /// The figures, as JSON text.
    json: String,
    /// The command's own text.
    words: String,
    /// What was assumed, a sentence each.
    notes: Vec<String>,
    /// Whether what was tested passes; none where nothing was tested, or it cannot be told.
    passes: Option<bool>,
    /// What the answer is saved as: a preprocessing as TOML, a comparison as a page.
    file: Option<String>,
}

/// What long work says.
enum Heard {
    Said(Said),
    /// One more piece is done, of so many.
    Done(usize),
}

/// Hands what is said to the thread of Python.
struct Hearing {
    stop: Stop,
    teller: Sender<Heard>,
}

impl Listener for Hearing {
    fn hear(&mut self, said: Said) {
        // Whoever no longer listens has been told to stop.
        let _ = self.teller.send(Heard::Said(said));
    }

    fn advance(&mut self, total: usize, _failed: bool) {
        let _ = self.teller.send(Heard::Done(total));
    }

    fn stop(&self) -> &Stop {
        &self.stop
    }

    fn waits(&self) -> bool {
        false
    }
}

/// An answer without its notes.
type Answer = (serde_json::Value, String, Option<bool>, Option<String>);

/// Lets `work` answer on `threads` of its own.
fn told(
    py: Python<'_>,
    threads: usize,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&mut dyn Listener) -> Result<Answer, Error> + Send,
) -> PyResult<Told> {
    let (teller, heard) = mpsc::channel();
    let stop = Stop::default();
    let mut hearing = Hearing { stop: stop.clone(), teller };
    let (mut notes, mut done) = (Vec::new(), 0);
    let answer = listening(
        py,
        threads,
        &stop,
        heard,
        move || work(&mut hearing),
        |py, heard| match heard {
            Heard::Said(Said::Note(words)) => {
                notes.push(words);
                Ok(())
            }
            Heard::Said(Said::Warning(words)) => warn(py, &words, 3),
            Heard::Done(total) => {
                done += 1;
                let total = Some(total).filter(|total| *total > 0);
                progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, (done, total)).map(drop))
            }
        },
    )?;
    let (json, words, passes, file) = answer.map_err(raised)?;
    Ok(Told { json: json.to_string(), words, notes, passes, file })
}

/// Asks how photographs were prepared in training.
#[pyfunction]
#[pyo3(signature = (model, images, *, sample=32, labels=Vec::new(), threads=None, memory=None, seed=0, progress=None))]
#[expect(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn check(
    py: Python<'_>,
    model: &Model,
    images: Vec<String>,
    sample: usize,
    labels: Vec<String>,
    threads: Option<usize>,
    memory: Option<u64>,
    seed: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<Told> {
    let labels = LabelOptions::parse(labels.iter().map(String::as_str)).map_err(raised)?;
    let options = AskOptions { sample, labels, threads: count(threads)?, memory, seed };
    let subject = model.subject.clone();
    told(py, options.threads, progress, move |listener| {
        let (sources, _) = expand(&images, Path::new(""))?;
        let asked = heatlens_run::check::ask(subject, sources, &options, listener)?;
        Ok((asked.json(), asked.words(), asked.passes(), Some(asked.best.to_toml())))
    })
}

/// Measures whether maps are right.
#[pyfunction]
#[pyo3(signature = (
    model, images, *, methods, layer=None, metrics=Vec::new(), masks=None, target="predicted".to_owned(), sample=50,
    out=None, threads=None, memory=None, seed=0, progress=None,
))]
#[expect(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn evaluate(
    py: Python<'_>,
    model: &Model,
    images: Vec<String>,
    methods: Vec<String>,
    layer: Option<String>,
    metrics: Vec<String>,
    masks: Option<PathBuf>,
    target: String,
    sample: usize,
    out: Option<PathBuf>,
    threads: Option<usize>,
    memory: Option<u64>,
    seed: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<Told> {
    let metric = |name: &String| {
        let known = || Metric::ALL.iter().map(|metric| metric.card().name).collect::<Vec<_>>().join(", ");
        Metric::named(name).ok_or_else(|| PyValueError::new_err(format!("no metric `{name}`; there are {}", known())))
    };
    let metrics = metrics.iter().map(metric).collect::<PyResult<Vec<_>>>()?;
    let options = evaluating::Options {
        evaluator: EvaluatorOptions {
            methods: named_methods(&methods)?,
            layer,
            metrics: evaluating::metrics(&metrics, masks.is_some()),
            seed,
        },
        target,
        masks,
        sample,
        threads: count(threads)?,
        memory,
    };
    let subject = model.subject.clone();
    told(py, options.threads, progress, move |listener| {
        let listed = expand(&images, out.as_deref().unwrap_or(Path::new("")))?;
        let results = evaluating::evaluate(subject, listed, &options, out.as_deref(), listener)?;
        Ok((results.json(), results.words(), None, None))
    })
}

/// Tests whether maps depend on what the network has learnt.
#[pyfunction]
#[pyo3(signature = (
    model, images, *, methods, layer=None, sample=16, cascade_only=false, out=None, threads=None, memory=None, seed=0,
    progress=None,
))]
#[expect(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn sanity(
    py: Python<'_>,
    model: &Model,
    images: Vec<String>,
    methods: Vec<String>,
    layer: Option<String>,
    sample: usize,
    cascade_only: bool,
    out: Option<PathBuf>,
    threads: Option<usize>,
    memory: Option<u64>,
    seed: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<Told> {
    let sanity = SanityOptions { methods: named_methods(&methods)?, layer, independent: !cascade_only, seed };
    let options = randomising::Options { sanity, sample, memory };
    let subject = model.subject.clone();
    told(py, count(threads)?, progress, move |listener| {
        let listed = expand(&images, out.as_deref().unwrap_or(Path::new("")))?;
        let judged = randomising::judge(subject, listed, &options, out.as_deref(), listener)?;
        Ok((judged.json(), judged.words(), Some(judged.report.all_pass()), None))
    })
}

/// Compares two audits over the same images.
#[pyfunction]
pub fn compare(py: Python<'_>, first: String, second: String) -> PyResult<Told> {
    told(py, default_threads(), None, move |listener| {
        let (comparison, warnings) = compare_named([&first, &second], &Settings::default(), is_same_name)?;
        warnings.into_iter().for_each(|warning| listener.hear(Said::Warning(warning)));
        let json = serde_json::to_value(&comparison).map_err(|error| Error::Request(error.to_string()))?;
        Ok((json, comparison.words(), None, Some(comparison_html(&comparison))))
    })
}

fn count(threads: Option<usize>) -> PyResult<usize> {
    within("threads", threads.unwrap_or_else(default_threads), 1, 1024)
}

fn named_methods(names: &[String]) -> PyResult<Vec<Method>> {
    Ok(each_once(&names.iter().map(|name| method(name)).collect::<PyResult<Vec<_>>>()?))
}
