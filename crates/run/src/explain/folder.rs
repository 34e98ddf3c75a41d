//! The output folder of an explanation: what lies where, and how it is written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use heatlens::{Head, Model, Outcome};
use heatlens_record::{Columns, Durability, PredictionTable, RunDirectory, RunError, RunRecord};

use super::{Row, earlier};
use crate::Error;
use crate::outputs::{LIST, LIST_HEAD};

/// What to write for each image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Save {
    /// Original, heatmap, overlay, caption.
    Panel,
    /// The heatmap over the photograph.
    Overlay,
    /// The heatmap alone.
    Heatmap,
    /// The numbers.
    Map,
    /// No files for an image.
    None,
}

impl Save {
    /// Everything that can be asked for: its name, and what is written where.
    pub const ALL: [(Save, &'static str, &'static str); 5] = [
        (
            Save::Panel,
            "panel",
            "panels/<outcome>/<confidence or value>_<name>.png: original, heatmap, overlay, caption",
        ),
        (Save::Overlay, "overlay", "overlays/<name>.<class>.png: the heatmap over the photograph, in its own pixels"),
        (Save::Heatmap, "heatmap", "heatmaps/<name>.<class>.png: the heatmap alone, in the photograph's pixels"),
        (Save::Map, "map", "maps/<name>.<class>.npy and .raw.npy: the numbers"),
        (Save::None, "none", "nothing: predictions.csv and run.json alone"),
    ];

    /// What is asked for by this name.
    pub fn named(name: &str) -> Option<Save> {
        Save::ALL.iter().find(|(_, known, _)| *known == name).map(|(save, ..)| *save)
    }
}

/// An output folder, which no other process writes into.
pub struct Folder {
    root: PathBuf,
    directory: RunDirectory,
    /// Every file is listed before it is written, so that an overwriting run takes away what is
    /// listed and nothing else.
    listed: Mutex<(File, BTreeSet<String>)>,
}

impl Folder {
    /// Creates the folder, or clears what an earlier run left there if `overwrite`; what else lies
    /// in its place is returned in words.
    ///
    /// # Errors
    /// If an earlier run lies there and may not be overwritten, what lies there is not listed as
    /// one, another process is at work there, or the folder cannot be written.
    pub fn create(root: &Path, overwrite: bool) -> Result<(Folder, Option<String>), Error> {
        let directory = RunDirectory::at(root).alone()?;
        let kept = earlier::cleared(&directory, overwrite)?;
        let list = root.join(LIST);
        let file = File::create(&list).and_then(|mut file| file.write_all(LIST_HEAD.as_bytes()).map(|()| file));
        let file = file.map_err(|source| RunError::Disk { path: list, source })?;
        Ok((Folder { root: root.to_owned(), directory, listed: Mutex::new((file, BTreeSet::new())) }, kept))
    }

    /// Writes a picture or a map whole or not at all.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        {
            let mut listed = self.listed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let (file, names) = &mut *listed;
            if names.insert(name.to_owned()) {
                file.write_all(format!("{name}\n").as_bytes())
                    .map_err(|source| RunError::Disk { path: self.root.join(LIST), source })?;
            }
        }
        Ok(self.directory.write_as(name, bytes, Durability::Renamed)?)
    }

    /// Writes `run.json`, which lists what was written from now on.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn finish(&self, record: RunRecord) -> Result<(), Error> {
        let listed = self.listed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let record = RunRecord { files: listed.1.iter().cloned().collect(), ..record };
        self.directory.write_as("run.json", &record.to_json(), Durability::Renamed)?;
        let list = self.root.join(LIST);
        Ok(fs::remove_file(&list).map_err(|source| RunError::Disk { path: list, source })?)
    }

    /// Opens `predictions.csv`, which bears the name `predictions.csv.partial` until every row is
    /// in it.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn predictions(&self, model: &Model) -> Result<Predictions, Error> {
        let columns = match model.head() {
            Head::Softmax | Head::Sigmoid => Columns::Classes,
            Head::Sigmoids => Columns::Labels,
            Head::Values => Columns::Values,
        };
        let (partial, whole) = (self.root.join("predictions.csv.partial"), self.root.join("predictions.csv"));
        let table = File::create(&partial).and_then(|file| PredictionTable::new(file, model.classes(), columns));
        match table {
            Ok(table) => Ok(Predictions { table, partial, whole }),
            Err(source) => Err(RunError::Disk { path: partial, source }.into()),
        }
    }
}

/// `predictions.csv` while it is written.
pub(super) struct Predictions {
    table: PredictionTable<File>,
    partial: PathBuf,
    whole: PathBuf,
}

impl Predictions {
    pub fn write(&mut self, row: &Row) -> Result<(), Error> {
        let finding = row.answer.as_ref().ok().map(|answer| &answer.finding);
        let outcome = finding.map(|finding| finding.outcome.to_string());
        let outcomes: Vec<String> =
            finding.map_or_else(Vec::new, |finding| finding.of_labels.iter().map(Outcome::to_string).collect());
        let written = self.table.write(&row.prediction(outcome.as_deref(), &outcomes));
        written.map_err(|source| RunError::Disk { path: self.partial.clone(), source }.into())
    }

    pub fn finish(self) -> Result<(), Error> {
        let Predictions { table, partial, whole } = self;
        table
            .finish()
            .and_then(|_| fs::rename(&partial, &whole))
            .map_err(|source| RunError::Disk { path: whole, source }.into())
    }
}
