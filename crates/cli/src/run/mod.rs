//! One run over many images: decode, preprocess, explain, draw and save, several images at a time;
//! one bad image costs one row.

mod folder;
mod panel;
mod provenance;
mod row;
mod worker;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::{Context, Result};
use heatlens::{Explainer, Heatmap, Model, Outcomes, Scale, Target};
use heatlens_imaging::{DrawStyle, Preprocess};

pub use folder::{Folder, Save};
pub use row::Row;

use crate::inputs::Source;
use crate::printer::Printer;
use worker::Worker;

/// Everything that a run depends on, settled.
pub struct Plan {
    /// The model, built for the input size of this run.
    pub model: Model,
    /// The model file, as the user named it.
    pub model_path: PathBuf,
    /// The compiled network.
    pub explainer: Explainer,
    /// Which classes to explain.
    pub targets: Vec<Target>,
    /// From photographs to tensors.
    pub preprocess: Preprocess,
    /// What to explain.
    pub sources: Vec<Source>,
    /// The class of each source, where known.
    pub labels: Vec<Option<usize>>,
    /// How outcomes are named.
    pub outcomes: Outcomes,
    /// The positive class, where there is one.
    pub positive: Option<usize>,
    /// What to write for each image.
    pub save: Vec<Save>,
    /// How pictures are drawn.
    pub style: DrawStyle,
    /// The longer side of a panel's pictures, where asked for.
    pub tile: Option<usize>,
    /// Images a forward pass.
    pub batch: usize,
    /// Threads in all.
    pub threads: usize,
    /// Assumptions that the user should see again later.
    pub notes: Vec<String>,
}

impl Plan {
    /// What a map explains: a class, or what sets it apart from another.
    fn explained(&self, map: &Heatmap) -> String {
        let class = |class: usize| self.model.classes()[class].as_str();
        map.score.against.map_or_else(
            || class(map.score.class).to_owned(),
            |against| format!("{} vs {}", class(map.score.class), class(against)),
        )
    }

    /// The layer of a map, where it has one.
    fn layer(&self, map: &Heatmap) -> Option<&str> {
        map.layer.map(|layer| self.explainer.layers()[layer].name.as_str())
    }

    /// How a map is drawn.
    fn style_of(&self, map: &Heatmap) -> DrawStyle {
        DrawStyle { signed: map.scale == Scale::Signed, ..self.style }
    }
}

/// How a run went.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Images in all.
    pub images: usize,
    /// Images that could not be explained.
    pub failed: usize,
    /// Images with a label.
    pub labelled: usize,
    /// Those of them that were predicted rightly.
    pub correct: usize,
    /// Number of images by outcome.
    pub outcomes: BTreeMap<String, usize>,
}

impl Summary {
    fn count(&mut self, row: &Row) {
        self.images += 1;
        match &row.answer {
            Ok(answer) => {
                *self.outcomes.entry(answer.outcome.to_string()).or_default() += 1;
                if let Some(correct) = answer.outcome.is_correct() {
                    self.labelled += 1;
                    self.correct += usize::from(correct);
                }
            }
            Err(_) => self.failed += 1,
        }
    }
}

/// Explains every source of the plan. Rows are handed to `each` and written to `predictions.csv` in
/// the order of the sources.
///
/// # Errors
/// If the output cannot be written. What was written until then stays.
pub fn execute(plan: &Plan, folder: &Folder, printer: &Printer, mut each: impl FnMut(&Row)) -> Result<Summary> {
    keep_freed_memory();
    let chunks: Vec<std::ops::Range<usize>> = (0..plan.sources.len())
        .step_by(plan.batch)
        .map(|start| start..(start + plan.batch).min(plan.sources.len()))
        .collect();
    let workers = plan.threads.min(chunks.len()).max(1);
    // Several images at once keep every core busy without dividing operators; the cores that are
    // left divide them.
    let threads_each = (plan.threads / workers).max(1);
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut table = folder.predictions(plan.model.classes())?;
    let mut progress = printer.progress(plan.sources.len());
    let mut summary = Summary::default();

    let outcome = std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(2 * workers);
        for _ in 0..workers {
            let (sender, chunks, next, stop) = (sender.clone(), &chunks, &next, &stop);
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(threads_each).build().context("cannot start threads")?;
            scope.spawn(move || {
                pool.install(|| {
                    let mut worker = Worker::new(plan, folder);
                    while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if stop.load(Ordering::Relaxed)
                            || sender.send((chunk.start, worker.explain(chunk.clone()))).is_err()
                        {
                            break;
                        }
                    }
                });
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut position = 0;
        for (start, rows) in receiver {
            waiting.insert(start, rows);
            while let Some(rows) = waiting.remove(&position) {
                let rows: Vec<Row> = rows.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
                position += rows.len();
                for row in rows {
                    table.write(&row)?;
                    progress.advance(row.answer.is_err());
                    summary.count(&row);
                    each(&row);
                }
            }
        }
        Ok(())
    });
    progress.finish();
    outcome.and_then(|()| table.finish()).map(|()| summary)
}

/// Lets the pictures of one image use the memory of those before it.
///
/// glibc gives freed memory back to the system, page by page to be asked for again, until a block
/// as large as this one has been freed; a panel takes some six megabytes, and those pages a tenth
/// of the time that it takes to draw. The block itself is never touched. Other allocators do not
/// mind.
fn keep_freed_memory() {
    const LARGEST_THAT_COUNTS: usize = 31 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST_THAT_COUNTS)));
}

/// Writes `run.json`: what this run depended on, so that it can be judged and repeated.
///
/// # Errors
/// If the file cannot be written.
pub fn record(plan: &Plan, folder: &Folder, summary: &Summary) -> Result<()> {
    let provenance = provenance::of(plan, summary);
    folder.write("run.json", (serde_json::to_string_pretty(&provenance)? + "\n").as_bytes())
}
