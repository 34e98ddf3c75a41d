//! Many photographs, explained into a folder as the command does it, and handed on meanwhile.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use heatlens::ExplainerOptions;
use heatlens_record::{RunDirectory, SummaryRecord};
use heatlens_run::drawing::{ColourScale, Part};
use heatlens_run::explain::{ExplainOptions, Folder, Made, Order, Plan, Save, explain_keeping};
use heatlens_run::{Error, LabelOptions, Ready, Said, default_threads, each_once, expand};
use pyo3::prelude::*;

use crate::error::{RequestError, named, raised, warn, within};
use crate::explanation::{Explained, Explanation, style};
use crate::model::{Asked, Model, known};
use crate::pool::{computing, threads_for};
use crate::waiting::PATIENCE;

/// What is told of one image: its explanation, or in words why it has none.
type Told = Result<Box<Explanation>, String>;

/// How a run ended: in figures, and what is to be said of it.
type Ended = Result<(SummaryRecord, Vec<Said>), Error>;

/// An explanation of many images on its way: an iterator over what is explained, in the order of the images.
#[pyclass(frozen, module = "heatlens")]
pub struct Explaining {
    plan: Arc<Plan>,
    /// What was assumed, a sentence each.
    #[pyo3(get)]
    notes: Vec<String>,
    /// A process made by `fork` has not the thread that works.
    process: u32,
    running: Mutex<Option<Running>>,
    summary: OnceLock<String>,
    last: OnceLock<Vec<String>>,
}

/// The thread that works, which never waits for Python but to hand an explanation on.
struct Running {
    told: Receiver<Told>,
    work: JoinHandle<Ended>,
}

/// Begins to explain images into a folder, or goes on with what was begun there.
#[pyfunction]
#[pyo3(signature = (
    model, images, out, asked, *, labels=Vec::new(), positive=None, threshold=Vec::new(), limit=None,
    save=vec!["panel".into(), "map".into(), "gallery".into()], scale="map", outline=Vec::new(), contours=false,
    colormap=None, blend=None, alpha=None, tile=None, batch=1, threads=None, memory=None, seed=0, overwrite=false,
))]
#[expect(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn explain_into(
    py: Python<'_>,
    model: &Model,
    images: Vec<String>,
    out: PathBuf,
    asked: Asked,
    labels: Vec<String>,
    positive: Option<String>,
    threshold: Vec<(Option<String>, f32)>,
    limit: Option<usize>,
    save: Vec<String>,
    scale: &str,
    outline: Vec<String>,
    contours: bool,
    colormap: Option<&str>,
    blend: Option<&str>,
    alpha: Option<f32>,
    tile: Option<usize>,
    batch: usize,
    threads: Option<usize>,
    memory: Option<u64>,
    seed: u64,
    overwrite: bool,
) -> PyResult<Explaining> {
    for (_, from) in &threshold {
        within("threshold", *from, 0.0, 1.0)?;
    }
    let question = asked.read()?;
    let asks = question.asks;
    let options = ExplainOptions {
        targets: question.targets,
        explainer: ExplainerOptions {
            layers: asks.layers,
            methods: each_once(&asks.methods),
            combine: asks.combine,
            score: asks.score,
            augment: asks.augment,
            eigen: asks.eigen,
            batch: within("batch", batch, 1, 1024)?,
            seed,
        },
        limit,
        labels: LabelOptions::parse(labels.iter().map(String::as_str)).map_err(raised)?,
        thresholds: threshold,
        positive,
        save: save.iter().map(|name| named("kind of file", name, &Save::ALL)).collect::<PyResult<_>>()?,
        style: style(alpha, colormap, blend)?,
        tile: tile.map(|side| within("tile", side, 64, 2048)).transpose()?,
        scale: named("scale", scale, &ColourScale::ALL)?,
        outline: outline.iter().map(|name| named("part", name, &Part::ALL)).collect::<PyResult<_>>()?,
        contours,
        threads: within("threads", threads.unwrap_or_else(default_threads), 1, 1024)?,
        memory,
    };
    model.warn_of_preprocessing(py, 3)?;
    let subject = model.subject.clone();
    let begun = computing(py, move || {
        let (sources, remarks) = expand(&images, &out)?;
        let plan = Plan::settle(subject, sources, remarks, &options)?;
        let (folder, before) = Folder::open(RunDirectory::at(&out), &plan, overwrite)?;
        Ok::<_, Error>((plan, folder, before))
    })?;
    let (plan, folder, before) = begun.map_err(raised)?;
    let said: Vec<Said> = plan.said().into_iter().chain(before.map(Said::Note)).collect();
    let notes = heard(py, said, 3)?;
    let plan = Arc::new(plan);
    // As many as are drawn beside each other wait to be taken.
    let (teller, told) = mpsc::sync_channel(plan.threads);
    let of = plan.clone();
    let pool = threads_for(plan.threads)?;
    let work = std::thread::spawn(move || pool.install(|| whole(&of, &folder, &teller)));
    let (process, running) = (std::process::id(), Mutex::new(Some(Running { told, work })));
    Ok(Explaining { plan, notes, process, running, summary: OnceLock::new(), last: OnceLock::new() })
}

/// Explains everything; whoever no longer listens asks it to stop.
fn whole(plan: &Plan, folder: &Folder, teller: &SyncSender<Told>) -> Ended {
    let mut order = Order::of(plan);
    let keep = |position: usize, ready: Ready, explanation| shown(plan, position, ready, explanation);
    let summary = explain_keeping(plan, folder, keep, |position, row, made| {
        order.see(row);
        let left_out = |why: &str| format!("`{}` is left out: {why}", row.image);
        let explained = match (made, &row.answer) {
            (_, Err(error)) => Err(left_out(error)),
            (Made::Now(Some(explanation)), Ok(_)) => Ok(explanation),
            // Its files are there, and its maps may not be among them.
            _ => match plan.show(position) {
                Ok((ready, explanation)) => Ok(shown(plan, position, ready, explanation)),
                Err(error) => Err(left_out(&error)),
            },
        };
        if teller.send(explained.map(|explanation| Box::new(explanation.beside(row)))).is_err() {
            plan.stop.ask();
        }
    })?;
    let said = plan.said_at_last(&order);
    Ok((summary, said))
}

/// An explanation for Python.
fn shown(plan: &Plan, position: usize, ready: Ready, explanation: heatlens::Explanation) -> Explanation {
    let Ready { photograph, to_photograph, .. } = ready;
    Explained {
        image: plan.sources[position].shown.clone(),
        model: &plan.model,
        explainer: &plan.explainer,
        explanation,
        photograph: known(photograph),
        to_photograph,
        notes: Vec::new(),
        seconds: None,
    }
    .into()
}

#[pymethods]
impl Explaining {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    /// Images in all, those included that an earlier start has explained.
    fn __len__(&self) -> usize {
        self.plan.sources.len()
    }

    /// How the run went, as `run.json` has it, as JSON text; none until it has ended.
    #[getter]
    fn _summary(&self) -> Option<&str> {
        self.summary.get().map(String::as_str)
    }

    /// What is to be said at last, a sentence each.
    #[getter]
    fn _last(&self) -> Vec<String> {
        self.last.get().cloned().unwrap_or_default()
    }

    /// The next explanation; images that cannot be explained are warned of and left out.
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Explanation>> {
        if self.process != std::process::id() {
            return Err(RequestError::new_err(
                "these explanations were begun in another process: begin them in this one",
            ));
        }
        loop {
            let told = py.detach(|| match &*self.running() {
                Some(running) => running.told.recv_timeout(PATIENCE),
                None => Err(RecvTimeoutError::Disconnected),
            });
            match told {
                Ok(Ok(explanation)) => return Ok(Some(*explanation)),
                Ok(Err(left_out)) => warn(py, &left_out, 2)?,
                Err(RecvTimeoutError::Timeout) => {
                    py.check_signals().or_else(|signal| self.close(py).and(Err(signal)))?
                }
                Err(RecvTimeoutError::Disconnected) => return self.ended(py).map(|()| None),
            }
        }
    }

    /// Ends it after the images in hand; what is done stays, and the same call goes on from there.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.plan.stop.ask();
        self.ended(py)
    }
}

impl Explaining {
    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the thread and takes down how it ended.
    fn ended(&self, py: Python<'_>) -> PyResult<()> {
        let Some(ended) = py.detach(|| self.running().take().map(Running::end)) else { return Ok(()) };
        let (summary, said) = ended.map_err(raised)?;
        if summary.images == self.plan.sources.len() {
            let text = serde_json::to_string(&summary).map_err(|error| RequestError::new_err(error.to_string()))?;
            self.summary.get_or_init(|| text);
            let last = heard(py, said, 2)?;
            self.last.get_or_init(|| last);
        }
        Ok(())
    }
}

impl Running {
    /// Waits for how the work ends; what waits to be handed on has nobody to take it.
    fn end(self) -> Ended {
        drop(self.told);
        self.work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Explaining {
    fn drop(&mut self) {
        self.plan.stop.ask();
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if self.process == std::process::id() {
            drop(running.map(Running::end));
        } else {
            std::mem::forget(running);
        }
    }
}

/// Warns of what is wrong, and returns the notes.
fn heard(py: Python<'_>, said: Vec<Said>, level: i32) -> PyResult<Vec<String>> {
    let mut notes = Vec::new();
    for said in said {
        match said {
            Said::Note(words) => notes.push(words),
            Said::Warning(words) => warn(py, &words, level)?,
        }
    }
    Ok(notes)
}
