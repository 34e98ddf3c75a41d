//! The output folder of an explanation: what lies where, and how it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use heatlens::{Head, Model, Outcome};
use heatlens_record::{
    Columns, Content, Durability, PredictionRow, PredictionTable, RunDirectory, RunError, RunRecord,
};

use super::begun::{BEGUN, Begun};
use super::journal::{self, Done, JOURNAL};
use super::{Plan, Row, earlier};
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
    /// A page and contact sheets of all images.
    Gallery,
    /// No files for an image.
    None,
}

impl Save {
    /// Everything that can be asked for: its name, and what is written where.
    pub const ALL: [(Save, &'static str, &'static str); 6] = [
        (
            Save::Panel,
            "panel",
            "panels/<outcome>/<confidence or value>_<name>.png: original, heatmap, overlay, caption",
        ),
        (Save::Overlay, "overlay", "overlays/<name>.<class>.png: the heatmap over the photograph, in its own pixels"),
        (Save::Heatmap, "heatmap", "heatmaps/<name>.<class>.png: the heatmap alone, in the photograph's pixels"),
        (Save::Map, "map", "maps/<name>.<class>.npy and .raw.npy: the numbers"),
        (
            Save::Gallery,
            "gallery",
            "index.html, a page to leaf through, and sheets/<outcome>.png, contact sheets; with thumbnails/",
        ),
        (Save::None, "none", "nothing: predictions.csv and run.json alone"),
    ];

    /// What is asked for by this name.
    pub fn named(name: &str) -> Option<Save> {
        Save::ALL.iter().find(|(_, known, _)| *known == name).map(|(save, ..)| *save)
    }
}

/// An output folder, which no other process writes into.
pub struct Folder {
    directory: RunDirectory,
    /// The hash of the run.
    run: String,
    /// Every file is listed before it is written, so that an overwriting run takes away what is
    /// listed and nothing else.
    listed: Mutex<BTreeSet<String>>,
    /// The images that an earlier start has explained, by their position.
    done: BTreeMap<usize, Row>,
}

/// What `predictions.csv` is called until every row is in it.
const TABLE: &str = "predictions.csv.partial";

impl Folder {
    /// The folder for a run: one in which the same run was begun and has not ended goes on behind its
    /// last image; what another run left is cleared if `overwrite`. What is to be said of either is
    /// returned in words.
    ///
    /// # Errors
    /// If an earlier run lies there and may not be overwritten, what lies there is not listed as
    /// one, another process is at work there, or the folder cannot be written.
    pub fn open(directory: RunDirectory, plan: &Plan, overwrite: bool) -> Result<(Folder, Option<String>), Error> {
        let directory = directory.alone()?;
        let record = plan.record();
        let begun = if overwrite { None } else { Begun::of(&directory, &record)? };
        let (done, rows, said) = match begun {
            Some(begun) => begun.examined(plan, &directory)?,
            None => (BTreeMap::new(), BTreeMap::new(), earlier::cleared(&directory, overwrite)?),
        };
        let run = record.hash();
        let names: BTreeSet<String> = done.values().flat_map(|done| done.files.keys().cloned()).collect();
        let list = names.iter().fold(LIST_HEAD.to_owned(), |list, name| list + name + "\n");
        let rows_done: String = done.values().map(|done| journal::line(&run, done)).collect();
        for (name, text) in [(BEGUN, &record.to_json()[..]), (LIST, list.as_bytes()), (JOURNAL, rows_done.as_bytes())] {
            directory.write_as(name, text, Durability::Renamed)?;
        }
        Ok((Folder { directory, run, listed: Mutex::new(names), done: rows }, said))
    }

    /// The images that an earlier start has explained, by their position.
    pub fn done(&self) -> &BTreeMap<usize, Row> {
        &self.done
    }

    /// Writes a picture or a map whole or not at all; its CRC-32.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<u32, Error> {
        self.write_with(name, &mut |file| file.write_all(bytes))
    }

    /// The same of a file that `content` makes.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn write_with(&self, name: &str, content: &mut Content<'_>) -> Result<u32, Error> {
        {
            let mut listed = self.listed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if !listed.contains(name) {
                self.directory.append(LIST, format!("{name}\n").as_bytes())?;
                listed.insert(name.to_owned());
            }
        }
        let mut crc = 0;
        self.directory.write_with(name, Durability::Renamed, &mut |file| {
            let mut summed = Summed { file, sum: crc32fast::Hasher::new() };
            content(&mut summed)?;
            crc = summed.sum.finalize();
            Ok(())
        })?;
        Ok(crc)
    }

    /// Where one of its files lies.
    pub(crate) fn location(&self, name: &str) -> PathBuf {
        self.directory.location(name)
    }

    /// Keeps the row of an image whose files are written.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn keep(&self, position: usize, row: &Row) -> Result<(), Error> {
        let Some(done) = Done::of(position, row) else { return Ok(()) };
        Ok(self.directory.append(JOURNAL, journal::line(&self.run, &done).as_bytes())?)
    }

    /// Writes `run.json`, which lists what was written from now on.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn finish(&self, record: RunRecord) -> Result<(), Error> {
        let listed = self.listed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let record = RunRecord { files: listed.iter().cloned().collect(), ..record };
        self.directory.write_as("run.json", &record.to_json(), Durability::Renamed)?;
        // A run with `run.json` has ended, whatever is left of these.
        [BEGUN, JOURNAL, LIST].iter().for_each(|name| drop(self.directory.remove(name)));
        Ok(())
    }

    /// Begins `predictions.csv`.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn predictions(&self, model: &Model) -> Result<Predictions<'_>, Error> {
        let columns = match model.head() {
            Head::Softmax | Head::Sigmoid => Columns::Classes,
            Head::Sigmoids => Columns::Labels,
            Head::Values => Columns::Values,
        };
        let directory = &self.directory;
        directory.write_as(TABLE, b"", Durability::Renamed)?;
        let table = PredictionTable::named(Appended(directory), model.classes(), columns);
        let table = table.map_err(|source| RunError::Disk { path: directory.location(TABLE), source })?;
        Ok(Predictions { table, directory })
    }
}

/// A file and the checksum of what was written to it.
struct Summed<'f> {
    file: &'f mut dyn Write,
    sum: crc32fast::Hasher,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// `predictions.csv` while it is written.
pub(super) struct Predictions<'f> {
    table: PredictionTable<Appended<'f>>,
    directory: &'f RunDirectory,
}

/// The end of the table.
struct Appended<'f>(&'f RunDirectory);

impl Write for Appended<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.append(TABLE, bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(RunError::Disk { source, .. }) => Err(source),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Predictions<'_> {
    /// The row of an image whose files bear this name.
    pub fn write(&mut self, row: &Row, name: &str) -> Result<(), Error> {
        let finding = row.answer.as_ref().ok().map(|answer| &answer.finding);
        let outcome = finding.map(|finding| finding.outcome.to_string());
        let outcomes: Vec<String> =
            finding.map_or_else(Vec::new, |finding| finding.of_labels.iter().map(Outcome::to_string).collect());
        let written =
            self.table.write(&PredictionRow { name: Some(name), ..row.prediction(outcome.as_deref(), &outcomes) });
        written.map_err(|source| self.disk(source))
    }

    pub fn finish(self) -> Result<(), Error> {
        let Predictions { table, directory } = self;
        table.finish().map_err(|source| RunError::Disk { path: directory.location(TABLE), source })?;
        Ok(directory.rename(TABLE, "predictions.csv")?)
    }

    fn disk(&self, source: io::Error) -> Error {
        RunError::Disk { path: self.directory.location(TABLE), source }.into()
    }
}
