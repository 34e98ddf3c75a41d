//! From cases to rows: every image decoded, predicted, explained and measured, part by part.

mod causes;
mod changed;
mod difference;
mod directory;
mod examine;
mod fill;
mod focus;
#[cfg(test)]
mod focus_golden;
mod quality;
mod rows;
mod tables;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use heatlens::{Explainer, Model, Outcomes, Target};
use heatlens_imaging::Preprocess;

use crate::anatomy::Anatomist;
use crate::data::Dataset;
use changed::refuse_changed;
use examine::Examiner;

pub(crate) use causes::{CORNER, STRIP};
pub use difference::Difference;
pub use directory::{PART, Part, RunDirectory};
pub use fill::{Canvas, Fill};
pub use rows::{CauseRow, ImageRow, MapRow, RemainderRow};
pub use tables::{Totals, write_tables};

/// All that a run needs.
pub struct Plan<'a> {
    /// The classifier.
    pub model: &'a Model,
    /// Compiled with the methods and layers to explain with.
    pub explainer: &'a Explainer,
    /// Compiled without methods, to ask the network again in experiments.
    pub network: &'a Explainer,
    /// The preprocessing of training.
    pub preprocess: &'a Preprocess,
    /// The cases.
    pub dataset: &'a Dataset,
    /// The classes to explain.
    pub targets: Vec<Target>,
    /// How outcomes are called.
    pub outcomes: Outcomes,
    /// The positive class of two.
    pub positive: Option<usize>,
    /// Someone who knows the photographs' anatomy.
    pub anatomist: &'a dyn Anatomist,
    /// Cases on which experiments are made.
    pub experiments: Experiments,
    /// Use only the first so many cases.
    pub limit: Option<usize>,
    /// Do only every n-th part, from the i-th on: `(i, n)`, counted from 0.
    pub shard: Option<(usize, usize)>,
    /// Threads.
    pub threads: usize,
    /// Seed of what is drawn at random.
    pub seed: u64,
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

/// What went wrong with a run. An image that cannot be explained is no error but a row.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The disk refuses.
    #[error("`{}` cannot be read or written: {source}{}", path.display(), advice(source))]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder holds no run.
    #[error("no audit lies in `{}`: it has no `run.json`; `heatlens audit` with `--out` makes one", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds another run.
    #[error(
        "another run lies in `{}`: its `{}` is {}, not {}; choose another folder, or remove that one",
        path.display(), difference.field, difference.found, difference.asked
    )]
    Another {
        /// The folder.
        path: PathBuf,
        /// Where they differ.
        difference: Difference,
    },
    /// Photographs are not those that the run began with.
    #[error(
        "{changed} of {looked_at} photographs, such as `{}`, changed since the run in `{}` explained them, and old \
         and new must not mix: \
         choose another folder, or put the files back",
        first.display(), path.display()
    )]
    Changed {
        /// The folder of the run.
        path: PathBuf,
        /// One of the photographs.
        first: PathBuf,
        /// How many changed …
        changed: usize,
        /// … of those that were read again.
        looked_at: usize,
    },
    /// A file of the run cannot be understood.
    #[error("`{}` is damaged: {reason}; remove it, and the run makes it anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What to do where the disk has no room.
fn advice(source: &std::io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "; what is done is kept: make room, start the same command again, and it goes on from there"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; choose another folder with --out, or allow writing to this one"
        }
        _ => "",
    }
}

impl Plan<'_> {
    /// Number of cases of the run, all shards together.
    pub fn cases(&self) -> usize {
        self.limit.map_or(self.dataset.cases.len(), |limit| limit.min(self.dataset.cases.len()))
    }

    /// The parts that are this run's to do.
    pub fn parts(&self) -> BTreeSet<usize> {
        let mine = |part: &usize| self.shard.is_none_or(|(i, n)| part % n == i);
        (0..self.cases().div_ceil(PART)).filter(mine).collect()
    }

    /// Whether a case is one of `wanted` spread evenly over all.
    fn is_chosen(&self, case: usize, wanted: usize) -> bool {
        let cases = self.cases();
        // Bresenham's line: the count rises by one `wanted` times.
        wanted >= cases || (case + 1) * wanted / cases > case * wanted / cases
    }
}

/// Does what is missing of a run; `progress` is called for each image, and told whether it failed.
///
/// # Errors
/// [`RunError`]; parts that are written stay.
pub fn run(plan: &Plan<'_>, directory: &RunDirectory, progress: &(dyn Fn(bool) + Sync)) -> Result<(), RunError> {
    let done = directory.done()?;
    let missing: Vec<usize> = plan.parts().difference(&done).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    refuse_changed(plan, directory, &done)?;
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let failure: Mutex<Option<RunError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..plan.threads.clamp(1, missing.len()) {
            scope.spawn(|| {
                let mut examiner = Examiner::new(plan);
                while let Some(&part) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let rows = examiner.part(cases_of(plan, part), progress);
                    if let Err(error) = directory.write_part(part, &rows) {
                        stop.store(true, Ordering::Relaxed);
                        failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
                        return;
                    }
                }
            });
        }
    });
    failure.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).map_or(Ok(()), Err)
}

fn cases_of(plan: &Plan<'_>, part: usize) -> std::ops::Range<usize> {
    part * PART..((part + 1) * PART).min(plan.cases())
}
