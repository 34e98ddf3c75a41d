//! The audit of a model on a labelled set.

use std::path::PathBuf;
use std::sync::mpsc;

use heatlens::Method;
use heatlens_fundus::Eyes;
use heatlens_fundus::anatomy::Segmenter;
use heatlens_record::RunDirectory;
use heatlens_report::make;
use heatlens_run::audit::{AuditOptions, Plan, measure};
use heatlens_run::check::Check;
use heatlens_run::data::{Exclusion, LabelMap};
use heatlens_run::{Error, Subject, Twins, default_threads};
use heatlens_statistics::Settings;
use pyo3::prelude::*;

use crate::error::{RequestError, raised};
use crate::model::Model;
use crate::pool::computing;
use crate::waiting::listening;

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

/// Audits a model, or goes on with an audit that was begun. `progress` is called with images done and images in all.
#[pyfunction]
#[pyo3(signature = (model, data, out, *, positive=None, split=None, experiments=120, limit=None, threads=None, seed=0, progress=None))]
#[expect(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn audit(
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
    progress: Option<Py<PyAny>>,
) -> PyResult<Run> {
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
    let (subject, threads) = (model.subject.clone(), options.threads);
    let plan = computing(py, move || settled(subject, &options))?.map_err(raised)?;
    let notes = said(&plan);
    let (teller, told) = mpsc::channel();
    let mut done = 0;
    let all = plan.cases();
    let folder = out.clone();
    let text = listening(
        py,
        threads,
        &plan.stop,
        told,
        || whole(&plan, &out, teller),
        |py, ()| {
            done += 1;
            progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, (done, all)).map(drop))
        },
    )?
    .map_err(raised)?;
    let text = text.ok_or_else(|| RequestError::new_err("the audit was stopped; the same call goes on from there"))?;
    Ok(Run { folder, _report: text, notes: notes.into_iter().chain(plan.depths.words()).collect() })
}

/// What the command says before it begins.
fn said(plan: &Plan) -> Vec<String> {
    let mut said: Vec<String> = plan.notes.iter().chain(&plan.warnings).cloned().collect();
    said.extend(plan.check.iter().filter_map(Check::warning));
    said.extend(plan.dataset.notes.iter().map(ToString::to_string));
    said.extend(Exclusion::words(&plan.dataset.excluded));
    said.extend(plan.twins.iter().map(Twins::words));
    said
}

fn settled(subject: Subject, options: &AuditOptions) -> Result<Plan, Error> {
    let segmenter = Segmenter::shipped().map_err(|error| Error::Request(error.to_string()))?;
    Plan::settle(subject, Box::new(Eyes::new(Some(segmenter))), "shipped".into(), options)
}

/// Measures what is missing and makes the report; nothing where the run was asked to stop.
fn whole(plan: &Plan, out: &std::path::Path, teller: mpsc::Sender<()>) -> Result<Option<String>, Error> {
    let directory = RunDirectory::at(out).alone()?.opened(&plan.record())?;
    measure(plan, &directory, &plan.missing(&directory)?, &|_| teller.send(()).unwrap_or_default())?;
    if plan.stop.is_asked() && plan.parts().difference(&directory.done()?).next().is_some() {
        return Ok(None);
    }
    directory.forget_begun()?;
    make(&directory, &Settings::default())?;
    let report = std::fs::read_to_string(directory.location("report.json"));
    let unread = |error: std::io::Error| Error::Read { shown: "report.json".into(), source: error.into() };
    Ok(Some(report.map_err(unread)?))
}
