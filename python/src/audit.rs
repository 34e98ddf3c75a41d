//! The audit of a model on a labelled set, as a whole or part by part.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use heatlens::Method;
use heatlens_fundus::Eyes;
use heatlens_fundus::anatomy::Segmenter;
use heatlens_record::RunDirectory;
use heatlens_report::make;
use heatlens_run::audit::{AuditOptions, ImageDone, Missing, Plan, measure};
use heatlens_run::check::Check;
use heatlens_run::data::{Exclusion, LabelMap};
use heatlens_run::{Error, Subject, Twins, default_threads};
use heatlens_statistics::Settings;
use pyo3::prelude::*;

use crate::error::{RequestError, raised};
use crate::model::Model;
use crate::pool::computing;
use crate::waiting::listening;

/// An audit that is settled: what is asked of which model and which photographs.
#[pyclass(frozen, module = "heatlens")]
pub struct Audit {
    plan: Plan,
    folder: PathBuf,
}

/// What became of a part: its number, images, those of them that failed, seconds, and what was done to the pictures of
/// fewer bits than their files hold that were read here so far, in words.
type Receipt = (usize, usize, usize, f64, String);

/// A finished audit on disk.
#[pyclass(frozen, module = "heatlens")]
pub struct Run {
    /// Its folder.
    #[pyo3(get)]
    folder: PathBuf,
    /// The report as JSON text.
    #[pyo3(get)]
    _report: String,
    /// What was assumed, a sentence each.
    #[pyo3(get)]
    notes: Vec<String>,
}

#[pymethods]
impl Audit {
    #[new]
    #[pyo3(signature = (model, data, out, *, positive=None, split=None, experiments=120, limit=None, threads=None, seed=0))]
    #[expect(clippy::too_many_arguments, reason = "keywords of Python")]
    fn new(
        py: Python<'_>,
        model: &Model,
        data: PathBuf,
        out: PathBuf,
        positive: Option<String>,
        split: Option<String>,
        experiments: usize,
        limit: Option<usize>,
        threads: Option<usize>,
        seed: u64,
    ) -> PyResult<Audit> {
        let options = AuditOptions {
            data,
            layout: None,
            labels: LabelMap::default(),
            split,
            positive,
            methods: vec![Method::GradCam],
            layers: Vec::new(),
            experiments,
            limit,
            shard: None,
            threads: threads.unwrap_or_else(default_threads),
            memory: None,
            seed,
        };
        let subject = model.subject.clone();
        let plan = computing(py, move || settled(subject, &options))?.map_err(raised)?;
        Ok(Audit { plan, folder: out })
    }

    /// Images in all.
    #[getter]
    fn images(&self) -> usize {
        self.plan.cases()
    }

    /// What was assumed, a sentence each: what the command says before it begins.
    #[getter]
    fn notes(&self) -> Vec<String> {
        let plan = &self.plan;
        let mut said: Vec<String> = plan.notes.iter().chain(&plan.warnings).cloned().collect();
        said.extend(plan.check.iter().filter_map(Check::warning));
        said.extend(plan.dataset.notes.iter().map(ToString::to_string));
        said.extend(Exclusion::words(&plan.dataset.excluded));
        said.extend(plan.twins.iter().map(Twins::words));
        said.extend(plan.depths.words());
        said
    }

    /// Measures what is missing of all and makes the report. `progress` is called with images done and images in all;
    /// Ctrl-C keeps what is done.
    #[pyo3(signature = (progress=None))]
    fn whole(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<Run> {
        let (teller, told) = mpsc::channel();
        let (mut done, all) = (0, self.plan.cases());
        let work = move || if self.measured(&teller)? { self.reported().map(Some) } else { Ok(None) };
        let tell = |py: Python<'_>, ()| {
            done += 1;
            progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, (done, all)).map(drop))
        };
        let text = listening(py, self.plan.threads, &self.plan.stop, told, work, tell)?.map_err(raised)?;
        let stopped = || RequestError::new_err("the audit was stopped; the same call goes on from there");
        Ok(self.run(text.ok_or_else(stopped)?))
    }

    /// Begins the run in its folder, or finds what is missing of it: the numbers of parts that are still to be
    /// measured, and the images in each.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<(usize, usize)>> {
        let missing = self.quietly(py, || Ok(self.plan.missing(&self.directory()?)?.parts))?;
        Ok(missing.into_iter().map(|part| (part, self.plan.cases_of(part).len())).collect())
    }

    /// Measures one part and writes it into the run's folder, whole or not at all: its files are the same wherever they
    /// are made.
    fn measure(&self, py: Python<'_>, part: usize) -> PyResult<Receipt> {
        let (started, failed) = (Instant::now(), AtomicUsize::new(0));
        let images = self.plan.cases_of(part).len();
        let one = Missing { parts: vec![part], cases: images, sound: BTreeSet::new(), damaged: Vec::new() };
        let count = |image: &ImageDone| {
            failed.fetch_add(usize::from(image.failed), Ordering::Relaxed);
        };
        self.quietly(py, || measure(&self.plan, &self.directory()?, &one, &count))?;
        let depths = self.plan.depths.words().unwrap_or_default();
        Ok((part, images, failed.into_inner(), started.elapsed().as_secs_f64(), depths))
    }

    /// Makes the report of a run whose parts are all there.
    fn finish(&self, py: Python<'_>) -> PyResult<Run> {
        Ok(self.run(self.quietly(py, || self.reported())?))
    }
}

impl Audit {
    /// Works on threads of its own; Ctrl-C ends it.
    fn quietly<T: Send>(&self, py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
        let (teller, told) = mpsc::channel::<()>();
        let work = move || {
            let _until_done = teller;
            work()
        };
        listening(py, self.plan.threads, &self.plan.stop, told, work, |_, ()| Ok(()))?.map_err(raised)
    }

    fn run(&self, report: String) -> Run {
        Run { folder: self.folder.clone(), _report: report, notes: self.notes() }
    }

    /// The run's folder, open to other workers.
    fn directory(&self) -> Result<RunDirectory, Error> {
        Ok(RunDirectory::at(&self.folder).opened(&self.plan.record())?)
    }

    /// Measures what is missing; whether all is done, which it is not where it was asked to stop.
    fn measured(&self, teller: &mpsc::Sender<()>) -> Result<bool, Error> {
        let plan = &self.plan;
        let directory = RunDirectory::at(&self.folder).alone()?.opened(&plan.record())?;
        measure(plan, &directory, &plan.missing(&directory)?, &|_| teller.send(()).unwrap_or_default())?;
        let is_done = plan.parts().difference(&directory.done()?).next().is_none();
        if is_done {
            directory.forget_begun()?;
        }
        Ok(is_done)
    }

    fn reported(&self) -> Result<String, Error> {
        let directory = self.directory()?;
        if let Some(part) = self.plan.missing(&directory)?.parts.first() {
            return Err(Error::Request(format!("part {part} of the audit is not measured yet")));
        }
        make(&directory, &Settings::default())?;
        let report = std::fs::read_to_string(directory.location("report.json"));
        report.map_err(|error| Error::Read { shown: "report.json".into(), source: error.into() })
    }
}

fn settled(subject: Subject, options: &AuditOptions) -> Result<Plan, Error> {
    let segmenter = Segmenter::shipped().map_err(|error| Error::Request(error.to_string()))?;
    Plan::settle(subject, Box::new(Eyes::new(Some(segmenter))), "shipped".into(), options)
}
