//! The output folder of an explanation: what lies where, and how it is written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use heatlens::{Head, Model, Outcome};
use heatlens_record::{Columns, Durability, PredictionTable, RunDirectory, RunError};

use super::Row;
use crate::Error;

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

/// An output folder.
pub struct Folder {
    root: PathBuf,
    directory: RunDirectory,
}

/// What a run leaves in its folder. Other files there are the user's.
const OURS: [&str; 7] =
    ["predictions.csv", "predictions.csv.partial", "run.json", "panels", "overlays", "heatmaps", "maps"];

impl Folder {
    /// Creates the folder, or clears what an earlier run left there if `overwrite`.
    ///
    /// # Errors
    /// If an earlier run lies there and may not be overwritten, or the folder cannot be written.
    pub fn create(root: &Path, overwrite: bool) -> Result<Folder, Error> {
        let disk = |path: &Path, source: io::Error| RunError::Disk { path: path.to_owned(), source };
        let old: Vec<PathBuf> = OURS.iter().map(|name| root.join(name)).filter(|path| path.exists()).collect();
        if let (Some(found), false) = (old.first(), overwrite) {
            return Err(RunError::Occupied { path: root.to_owned(), found: found.clone() }.into());
        }
        for path in old {
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .map_err(|source| disk(&path, source))?;
        }
        fs::create_dir_all(root).map_err(|source| disk(root, source))?;
        Ok(Folder { root: root.to_owned(), directory: RunDirectory::at(root) })
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.directory.write_as(name, bytes, Durability::Renamed)?)
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
