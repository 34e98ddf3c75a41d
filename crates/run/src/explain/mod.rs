//! One run over many images: decode, preprocess, explain, draw and save, several images at a time;
//! one bad image costs one row.

mod begun;
mod earlier;
mod folder;
mod journal;
mod naming;
mod order;
mod panel;
mod reading;
mod row;
mod settle;
mod tally;
mod worker;

use heatlens::{Explainer, Explanation, Heatmap, Map, Model, Scale, Target};
use heatlens_imaging::{DecodeLimits, DrawStyle, Preprocess};
use heatlens_record::{DataRecord, PicturesRecord, RunRecord, SummaryRecord, Task};
use sha2::{Digest, Sha256};

pub use folder::{Folder, Save};
pub use naming::Naming;
pub use order::Order;
pub use panel::Scene;
pub use reading::{Finding, Reading};
pub use row::{Answer, Row};
pub use settle::ExplainOptions;

use crate::check::Check;
use crate::drawing::{ColourScale, Part};
use crate::gallery::Gallery;
use crate::inputs::Source;
use crate::recorded::record;
use crate::schedule::in_order_until;
use crate::{Depths, Error, Ready, Said, Stop, SubjectOptions, Truth, Twins, keep_freed_memory, prepare};
use panel::Peaks;
use tally::Tally;
use worker::Worker;

/// Everything that a run depends on, settled.
pub struct Plan {
    /// The model, built for the input size of this run.
    pub model: Model,
    /// The model's file, and how it was read.
    pub read_as: SubjectOptions,
    /// The compiled network.
    pub explainer: Explainer,
    /// Which classes to explain.
    pub targets: Vec<Target>,
    /// From photographs to tensors.
    pub preprocess: Preprocess,
    /// What to explain.
    pub sources: Vec<Source>,
    /// What is true of each source, where known.
    pub truths: Vec<Option<Truth>>,
    /// How predictions are read and compared with it.
    pub reading: Reading,
    /// The positive class, where there is one.
    pub positive: Option<usize>,
    /// Whether the order of the two classes was assumed when they were named after the labels.
    pub assumed_order: bool,
    /// What to write for each image.
    pub save: Vec<Save>,
    /// What the files are called.
    pub naming: Naming,
    /// How pictures are drawn.
    pub style: DrawStyle,
    /// The longer side of a panel's pictures, where asked for.
    pub tile: Option<usize>,
    /// What full colour stands for.
    pub scale: ColourScale,
    /// What of the eye is outlined.
    pub outline: Vec<Part>,
    /// Whether contour lines of the maps are drawn.
    pub contours: bool,
    /// Images a forward pass.
    pub batch: usize,
    /// Threads in all.
    pub threads: usize,
    /// How large photographs may be.
    pub limits: DecodeLimits,
    /// Asks it to end early.
    pub stop: Stop,
    /// What the network's batch norms say of the preprocessing, where photographs are explained.
    pub check: Option<Check>,
    /// How far apart the networks lie that the model's file may hold, where there are several.
    pub twins: Option<Twins>,
    /// Pictures of fewer bits than their files hold, as far as they were read.
    pub depths: Depths,
    /// What makes the results doubtful, in words the user should see first.
    pub warnings: Vec<String>,
    /// Assumptions that the user should see again later.
    pub notes: Vec<String>,
}

impl Plan {
    /// What the user should hear before it begins.
    pub fn said(&self) -> Vec<Said> {
        let warnings = self.warnings.iter().cloned().chain(self.check.iter().filter_map(Check::warning));
        self.notes.iter().cloned().map(Said::Note).chain(warnings.map(Said::Warning)).collect()
    }

    /// What the user should hear when it has ended; `order` has seen every row.
    pub fn said_at_last(&self, order: &Order<'_>) -> Vec<Said> {
        let depths = self.depths.words().map(Said::Warning);
        let twins = self.twins.iter().map(|twins| Said::Note(twins.words()));
        depths.into_iter().chain(twins).chain(order.words()).collect()
    }

    /// Explains a source of the plan and writes nothing, as for a row of which only the files are left.
    ///
    /// # Errors
    /// In words: why the image cannot be explained.
    pub fn show(&self, position: usize) -> Result<(Ready, Explanation), String> {
        let ready = prepare(&self.sources[position], &self.preprocess, self.model.input().size(), &self.limits)?;
        let explained = self.explainer.worker().explain(&ready.tensor, &self.targets);
        Ok((ready, explained.map_err(|error| error.to_string())?))
    }

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

    /// A map as it is drawn where this is what full colour stands for.
    fn drawn(&self, map: &Heatmap, full: Option<f32>) -> Map {
        let size = self.model.input().size();
        match full.filter(|_| self.scale != ColourScale::Map) {
            Some(full) => map.raw.drawn_to(full, map.scale, size),
            None => map.drawn(size),
        }
    }

    /// All that the results depend on.
    pub fn record(&self) -> RunRecord {
        let model = (&self.model, &self.read_as);
        let name = |save: &Save| Save::ALL.iter().find(|(known, ..)| known == save).map(|(_, name, _)| *name);
        RunRecord {
            data: DataRecord {
                layout: "files".into(),
                sha256: self.manifest_hash(),
                cases: self.sources.len(),
                ..DataRecord::default()
            },
            thresholds: self.reading.thresholds().to_vec(),
            pictures: Some(PicturesRecord {
                save: self.save.iter().filter_map(name).map(str::to_owned).collect(),
                style: serde_json::to_value(self.style).expect("plain data"),
                tile: self.tile,
                scale: (self.scale != ColourScale::Map).then(|| self.scale.name().to_owned()),
                outline: self.outline.iter().map(|part| part.name().to_owned()).collect(),
                contours: self.contours,
            }),
            check: self.check.as_ref().map(Check::record),
            twins: self.twins.as_ref().map(Twins::record),
            notes: self.warnings.iter().chain(&self.notes).cloned().collect(),
            ..record(Task::Explain, model, &self.explainer, &self.preprocess, &self.targets, self.positive)
        }
    }

    /// SHA-256 of the images' names and labels, in order.
    fn manifest_hash(&self) -> String {
        let mut hash = Sha256::new();
        for (source, truth) in self.sources.iter().zip(&self.truths) {
            let label = match truth {
                None => String::new(),
                Some(Truth::Class(class)) => self.model.classes()[*class].clone(),
                Some(several) => format!("{several:?}"),
            };
            hash.update(format!("{}\t{label}\n", source.shown));
        }
        format!("{:x}", hash.finalize())
    }
}

/// Explains every source of the plan that an earlier start has not, and writes `run.json` at the end.
/// Rows are written to `predictions.csv` and handed to `each` in the order of the sources, and whether
/// they are new. A run that is asked to stop leaves what is done for the next start, and counts fewer
/// images than the plan has.
///
/// # Errors
/// If the output cannot be written. What was written until then stays.
pub fn explain(plan: &Plan, folder: &Folder, mut each: impl FnMut(&Row, bool)) -> Result<SummaryRecord, Error> {
    explain_keeping(plan, folder, |_, _, _| (), |_, row, made| each(row, matches!(made, Made::Now(_))))
}

/// When an image of a run was explained.
pub enum Made<K> {
    /// By an earlier start: there is its row, and what it wrote.
    Before,
    /// Just now, with what was kept of it; nothing where it cannot be explained.
    Now(Option<K>),
}

/// The same for who wants more of an image than its row: `keep` takes what it wants, on the thread that explained
/// the image and wrote its files; `each` is given it with the image's position.
///
/// # Errors
/// As [`explain`].
pub fn explain_keeping<K: Send>(
    plan: &Plan,
    folder: &Folder,
    keep: impl Fn(usize, Ready, Explanation) -> K + Sync,
    mut each: impl FnMut(usize, &Row, Made<K>),
) -> Result<SummaryRecord, Error> {
    keep_freed_memory();
    let peaks = peaks(plan, folder)?;
    let mut table = folder.predictions(&plan.model)?;
    let mut tally = Tally::of(plan);
    let mut gallery = plan.save.contains(&Save::Gallery).then(|| Gallery::of(plan));
    let mut position = 0;
    let mut hand_on = |row: &Row, made: Made<K>| {
        table.write(row, &plan.sources[position].name)?;
        tally.count(row);
        gallery.iter_mut().for_each(|gallery| gallery.add(plan, position, row));
        if let Ok(answer) = &row.answer {
            plan.depths.see(answer.bits, &row.image);
        }
        each(position, row, made);
        position += 1;
        Ok::<(), Error>(())
    };
    let left: Vec<usize> = (0..plan.sources.len()).filter(|position| !folder.done().contains_key(position)).collect();
    let chunks: Vec<&[usize]> = left.chunks(plan.batch).collect();
    let mut done = folder.done().iter().peekable();
    in_order_until(
        &plan.stop,
        chunks.len(),
        plan.threads,
        || Worker::new(plan, folder, &peaks),
        |worker: &mut Worker<'_>, i: usize| worker.explain(chunks[i], &keep),
        |i, rows: Result<Vec<(Row, Option<K>)>, Error>| {
            for (&position, (row, kept)) in chunks[i].iter().zip(rows?) {
                while let Some((_, before)) = done.next_if(|(earlier, _)| **earlier < position) {
                    hand_on(before, Made::Before)?;
                }
                folder.keep(position, &row)?;
                hand_on(&row, Made::Now(kept))?;
            }
            Ok::<(), Error>(())
        },
    )?;
    done.try_for_each(|(_, row)| hand_on(row, Made::Before))?;
    let summary = tally.summary();
    if summary.images == plan.sources.len() {
        table.finish()?;
        let mut record = RunRecord { summary: Some(summary.clone()), ..plan.record() };
        record.notes.extend(plan.depths.words());
        if let Some(gallery) = gallery {
            gallery.write(folder, plan.threads)?;
        }
        folder.finish(record)?;
    }
    Ok(summary)
}

/// The largest values of the run's maps, where they share a scale: every image is explained for it
/// alone first.
fn peaks(plan: &Plan, folder: &Folder) -> Result<Peaks, Error> {
    let mut peaks = Peaks::default();
    if plan.scale != ColourScale::Run {
        return Ok(peaks);
    }
    let none = Peaks::default();
    let all: Vec<usize> = (0..plan.sources.len()).collect();
    let chunks: Vec<&[usize]> = all.chunks(plan.batch).collect();
    in_order_until(
        &plan.stop,
        chunks.len(),
        plan.threads,
        || Worker::new(plan, folder, &none),
        |worker: &mut Worker<'_>, i: usize| worker.peaks(chunks[i]),
        |_, of_chunk| {
            peaks.join(of_chunk);
            Ok::<(), Error>(())
        },
    )?;
    Ok(peaks)
}
