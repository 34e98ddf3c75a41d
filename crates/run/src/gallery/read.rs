//! A run that lies in a folder, as images to show.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use heatlens_files::Kind;
use heatlens_imaging::Picture;
use heatlens_record::{PART, RunDirectory, RunError, RunRecord, Task, plain_text};

use super::audited::{Audited, depicted};
use super::sheets::{Paper, Sheets, encoded, read_picture};
use super::{Case, thumbnail_name};
use crate::{Error, in_order};

/// A run with its images.
pub struct Opened {
    /// What `run.json` says of it.
    pub record: RunRecord,
    /// Its images, in order, without those that could not be explained.
    pub cases: Vec<Case>,
    directory: RunDirectory,
    /// Of an audit: what its files are called.
    audited: Option<Audited>,
}

/// Opens the run in a folder, of `explain` or `audit`.
///
/// # Errors
/// [`RunError`] if there is no run, or it cannot be read; in words, if it keeps no pictures.
pub fn open(root: &Path) -> Result<Opened, Error> {
    let directory = RunDirectory::at(root);
    let record = directory.record()?;
    match record.task {
        Task::Audit => {
            let audited = Audited::of(&record);
            let mut cases = Vec::new();
            for part in directory.done()? {
                for row in directory.read_images(part)? {
                    cases.extend(audited.case(&row).ok());
                }
            }
            Ok(Opened { record, cases, directory, audited: Some(audited) })
        }
        Task::Explain => {
            let cases = explained(&directory, &record)?;
            Ok(Opened { record, cases, directory, audited: None })
        }
    }
}

/// The images of an explanation, by its table; only files that the run listed are its own.
fn explained(directory: &RunDirectory, record: &RunRecord) -> Result<Vec<Case>, Error> {
    let path = directory.location("predictions.csv");
    let listed: std::collections::HashSet<&str> = record.files.iter().map(String::as_str).collect();
    if !record.files.iter().any(|file| file.starts_with("thumbnails/")) {
        return Err(Error::Request(format!(
            "the run in `{}` kept no thumbnails: explain again with `--save panel,map,gallery`, which is the default",
            directory.root().display()
        )));
    }
    let panels = panels(record);
    let damaged = |reason: String| RunError::Damaged { path: path.clone(), reason };
    let bytes =
        heatlens_files::read(&path, Kind::Table).map_err(|source| RunError::Disk { path: path.clone(), source })?;
    let mut table = csv::Reader::from_reader(bytes.as_slice());
    let headers = table.headers().map_err(|error| damaged(error.to_string()))?.clone();
    let column = |name: &str| {
        let at = headers.iter().position(|header| header == name);
        at.ok_or_else(|| damaged(format!("it has no column `{name}`; explain again with this version of heatlens")))
    };
    let [image, label, predicted, confidence, outcome, name] =
        ["image", "label", "predicted", "confidence", "outcome", "name"].map(column);
    let columns = [image?, label?, predicted?, confidence?, outcome?, name?];
    let mut cases = Vec::new();
    for row in table.records() {
        let row = row.map_err(|error| damaged(error.to_string()))?;
        let [image, label, predicted, confidence, outcome, name] =
            columns.map(|column| plain_text(row.get(column).unwrap_or_default()));
        let thumbnail = thumbnail_name(name);
        if outcome.is_empty() || !listed.contains(thumbnail.as_str()) {
            continue;
        }
        cases.push(Case {
            image: image.to_owned(),
            name: name.to_owned(),
            label: (!label.is_empty()).then(|| label.to_owned()),
            predicted: predicted.to_owned(),
            confidence: confidence.parse().ok(),
            outcome: outcome.to_owned(),
            folder: outcome.to_owned(),
            is_correct: is_correct(outcome),
            panel: panels.get(name).cloned(),
            thumbnail,
            notes: Vec::new(),
        });
    }
    Ok(cases)
}

/// The panels of a run by the name of their image: what stands behind the first `_` of the file's.
fn panels(record: &RunRecord) -> HashMap<String, String> {
    let named = |file: &&String| {
        let name = file.strip_prefix("panels/")?.rsplit('/').next()?.strip_suffix(".png")?;
        Some((name.split_once('_')?.1.to_owned(), (*file).clone()))
    };
    record.files.iter().filter_map(|file| named(&file)).collect()
}

/// Whether an outcome, as tables have it, is a right prediction.
pub(super) fn is_correct(outcome: &str) -> Option<bool> {
    match outcome.split('/').next().unwrap_or_default() {
        "true_positive" | "true_negative" | "correct" | "all_right" => Some(true),
        "false_positive" | "false_negative" | "wrong" | "some_wrong" => Some(false),
        _ => None,
    }
}

impl Opened {
    /// Where it lies.
    pub fn root(&self) -> PathBuf {
        self.directory.root()
    }

    /// Draws the contact sheets of some images, which have this in common, and hands on each page as a
    /// file of this ending, `png` or `jpg`; how many there are.
    ///
    /// # Errors
    /// The first of `write`; if a page is too large for its format.
    pub fn sheets(
        &self,
        (title, positions): (String, &[usize]),
        (paper, ending): (&Paper, &str),
        threads: usize,
        write: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), RunError>,
    ) -> Result<usize, Error> {
        let sheets = Sheets::new(&self.record, title, positions, paper);
        in_order(
            sheets.pages(),
            threads,
            || (),
            |(), page| encoded(&sheets.draw(page, &self.cases, |of| self.thumbnails(of)), ending),
            |page, file| Ok::<(), Error>(write(page, file?)?),
        )?;
        Ok(sheets.pages())
    }

    /// How many pages [`sheets`](Self::sheets) makes of so many images.
    pub fn pages(&self, images: usize, paper: &Paper) -> usize {
        let positions: Vec<usize> = (0..images).collect();
        Sheets::new(&self.record, String::new(), &positions, paper).pages()
    }

    /// The small pictures of some images: those that the run kept; those of an audit that kept none are
    /// drawn from its maps and photographs. None where a photograph is not there, or another one.
    pub fn thumbnails(&self, positions: &[usize]) -> Vec<Option<Picture>> {
        let kept = |&i: &usize| read_picture(&self.directory.location(&self.cases[i].thumbnail));
        let mut pictures: Vec<Option<Picture>> = positions.iter().map(kept).collect();
        let Some(audited) = &self.audited else { return pictures };
        let missing: Vec<usize> = (0..positions.len()).filter(|&at| pictures[at].is_none()).collect();
        let case = |at: &usize| audited.position(&self.cases[positions[*at]].name);
        let mut by_part: HashMap<usize, Vec<usize>> = HashMap::new();
        missing.iter().for_each(|at| by_part.entry(case(at).unwrap_or(0) / PART).or_default().push(*at));
        for (part, places) in by_part {
            let read = self.directory.read_images(part).and_then(|rows| Ok((rows, self.directory.read_maps(part)?)));
            let Ok((rows, maps)) = read else { continue };
            for at in places {
                let Some(row) = rows.iter().find(|row| Some(row.case) == case(&at)) else { continue };
                pictures[at] = depicted(&self.record, row, &maps, |depiction, _| depiction.thumbnail()).ok();
            }
        }
        pictures
    }
}
