//! From cases to rows: every image decoded, predicted, explained and measured, part by part.
//!
//! A [`Plan`] is settled once; [`measure`] does what is missing of it in a run's folder, and
//! [`measure_part`] one part for whoever distributes the work and keeps the rows elsewhere.

mod causes;
mod changed;
mod controls;
mod cues;
mod examine;
mod fill;
mod focus;
#[cfg(test)]
mod focus_golden;
mod moves;
mod pace;
mod quality;
mod question;
mod recorded;
mod scan;
mod settle;

use std::collections::BTreeSet;
use std::ops::Range;

use heatlens::{Explainer, Head, Model, Outcomes, Target};
use heatlens_anatomy::Anatomist;
use heatlens_files::Kind;
use heatlens_imaging::{DecodeLimits, Preprocess};
use heatlens_record::{ImageRow, Inspection, PART, Part, RunDirectory, RunError};

use crate::check::Check;
use crate::data::Dataset;
use crate::schedule::in_order_until;
use crate::{Depths, Error, Stop, SubjectOptions, Twins};
use changed::refuse_changed;
use examine::Examiner;

pub use fill::{Canvas, Fill};
pub use pace::{Estimate, ImageDone, Pace};
pub use settle::AuditOptions;

/// All that an audit needs.
pub struct Plan {
    /// The classifier.
    pub model: Model,
    /// Its file, and how it was read.
    pub read_as: SubjectOptions,
    /// Compiled with the methods and layers to explain with.
    pub explainer: Explainer,
    /// Compiled without methods, to ask the network again in experiments.
    pub network: Explainer,
    /// The preprocessing of training.
    pub preprocess: Preprocess,
    /// The cases.
    pub dataset: Dataset,
    /// The classes to explain.
    pub targets: Vec<Target>,
    /// How outcomes are called.
    pub outcomes: Outcomes,
    /// The positive class of two.
    pub positive: Option<usize>,
    /// Someone who knows the photographs' anatomy.
    pub anatomist: Box<dyn Anatomist>,
    /// Who outlines the target structure where the data do not, in words.
    pub segmenter: String,
    /// Cases on which experiments are made.
    pub experiments: Experiments,
    /// Do only every n-th part, from the i-th on: `(i, n)`, counted from 0.
    pub shard: Option<(usize, usize)>,
    /// Threads.
    pub threads: usize,
    /// How large photographs may be.
    pub limits: DecodeLimits,
    /// Asks it to end early.
    pub stop: Stop,
    /// Seed of what is drawn at random.
    pub seed: u64,
    /// What the network's batch norms say of the preprocessing.
    pub check: Option<Check>,
    /// How far apart the networks lie that the model's file may hold, where there are several.
    pub twins: Option<Twins>,
    /// Pictures of fewer bits than their files hold, as far as they were read.
    pub depths: Depths,
    /// How the outputs of the file are read; the audited model may ask one question of them.
    pub head: Head,
    /// What makes the results doubtful, in words the user should see first.
    pub warnings: Vec<String>,
    /// What was assumed, in words the user should see.
    pub notes: Vec<String>,
}

/// On how many cases experiments are made. They are spread evenly over the data set, which is
/// cheaper than all and as telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Experiments {
    /// Cases whose regions are taken out, one after the other.
    pub regions: usize,
    /// Cases seen with the target alone and without it.
    pub remainders: usize,
}

/// What is still to be done of a run.
#[derive(Debug)]
pub struct Missing {
    /// The parts …
    pub parts: Vec<usize>,
    /// … and the cases that they hold.
    pub cases: usize,
    /// Parts that are done.
    pub sound: BTreeSet<usize>,
    /// Why parts that were done are missing.
    pub damaged: Vec<RunError>,
}

impl Plan {
    /// Number of cases of the run, all shards together.
    pub fn cases(&self) -> usize {
        self.dataset.cases.len()
    }

    /// The parts that are this run's to do.
    pub fn parts(&self) -> BTreeSet<usize> {
        let mine = |part: &usize| self.shard.is_none_or(|(i, n)| part % n == i);
        (0..self.cases().div_ceil(PART)).filter(mine).collect()
    }

    /// What is still to be done in a folder; files that are damaged are as if they were not there.
    ///
    /// # Errors
    /// If the folder cannot be read or holds a part of another run.
    pub fn missing(&self, directory: &RunDirectory) -> Result<Missing, Error> {
        let Inspection { sound, damaged } = directory.inspect()?;
        let parts: Vec<usize> = self.parts().difference(&sound).copied().collect();
        let cases = parts.iter().map(|&part| self.cases_of(part).len()).sum();
        Ok(Missing { parts, cases, sound, damaged })
    }

    /// The cases of a part.
    pub fn cases_of(&self, part: usize) -> Range<usize> {
        (part * PART).min(self.cases())..((part + 1) * PART).min(self.cases())
    }

    /// Whether regions are taken out of a case.
    fn has_experiments(&self, case: usize) -> bool {
        self.is_chosen(case, self.experiments.regions)
    }

    /// Whether a case is one of `wanted` spread evenly over all.
    fn is_chosen(&self, case: usize, wanted: usize) -> bool {
        let cases = self.cases();
        // Bresenham's line: the count rises by one `wanted` times.
        wanted >= cases || (case + 1) * wanted / cases > case * wanted / cases
    }
}

/// Does what is missing of a run; `progress` is called for each image.
/// A run that is asked to stop keeps the images that are done of every part, and goes on behind them.
///
/// # Errors
/// If the folder cannot be used or photographs changed since it was begun; parts that are written
/// stay.
pub fn measure(
    plan: &Plan,
    directory: &RunDirectory,
    missing: &Missing,
    progress: &(dyn Fn(&ImageDone) + Sync),
) -> Result<(), Error> {
    refuse_changed(plan, directory, &missing.sound)?;
    let parts = &missing.parts;
    in_order_until(
        &plan.stop,
        parts.len(),
        plan.threads,
        || Examiner::new(plan),
        |examiner: &mut Examiner<'_>, i| {
            let begun = begun(plan, directory, parts[i]);
            examiner.part(plan.cases_of(parts[i]), begun, progress)
        },
        |i, rows: Part| {
            let whole = rows.images.len() == plan.cases_of(parts[i]).len();
            let written =
                if whole { directory.write_part(parts[i], &rows) } else { directory.write_begun(parts[i], &rows) };
            Ok(written?)
        },
    )
}

/// What was kept of a part that was begun, as far as its photographs are those that were measured.
fn begun(plan: &Plan, directory: &RunDirectory, part: usize) -> Part {
    let Some(begun) = directory.read_begun(part) else { return Part::default() };
    let cases = plan.cases_of(part);
    let is_own = |(row, case): (&ImageRow, usize)| {
        let bytes = || heatlens_files::read(&plan.dataset.cases[case].image, Kind::Photograph);
        row.case == case && row.sha256.is_some() && bytes().is_ok_and(|bytes| row.is_of(&bytes))
    };
    let fits = begun.images.len() < cases.len() && begun.images.iter().zip(cases).all(is_own);
    if fits { begun } else { Part::default() }
}

/// Measures one part: its rows depend on nothing but the plan, so that parts made anywhere make one
/// run.
pub fn measure_part(plan: &Plan, part: usize, progress: &dyn Fn(&ImageDone)) -> Part {
    Examiner::new(plan).part(plan.cases_of(part), Part::default(), progress)
}
