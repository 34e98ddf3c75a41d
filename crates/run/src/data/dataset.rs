//! From what a layout lists to the cases that are used: labels settled, parts chosen, missing files
//! and suspects set apart.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::advice::{Read, readings};
use super::columns::columns;
use super::labels::{Settled, Settling};
use super::layouts::{Entry, Listing, find};
use super::notes::{notes, patients_in_several_splits};
use super::{Case, Column, DataError, Exclusion, LabelMap, Layout, Levels, Note, Question, Reason};
use heatlens_statistics::Units;

/// How a data set is read.
#[derive(Clone, Debug, Default)]
pub struct DataOptions {
    /// How it lies on disk; by what is there if none: a table, or folders named as classes.
    pub layout: Option<&'static Layout>,
    /// What labels mean.
    pub labels: LabelMap,
    /// The model's classes; any label is a class if empty.
    pub classes: Vec<String>,
    /// Only this part of the set, if divided into parts.
    pub split: Option<String>,
    /// The question with two answers that labels are read for, where the model has no classes.
    pub question: Option<Question>,
    /// The grey levels of masks that a table names.
    pub levels: Levels,
}

/// A labelled set of photographs.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The name of its layout.
    pub layout: &'static str,
    /// The table or folder it was read from.
    pub path: PathBuf,
    /// The folder that its files lie below.
    pub root: PathBuf,
    /// What is used, in the order of the table or of the names.
    pub cases: Vec<Case>,
    /// What is left out, and why.
    pub excluded: Vec<Exclusion>,
    /// What a reader of the results must know.
    pub notes: Vec<Note>,
    /// The further columns.
    pub columns: Vec<Column>,
}

impl Dataset {
    /// The classes of the labels and their cases.
    pub fn classes(&self) -> BTreeMap<String, usize> {
        let mut classes = BTreeMap::new();
        for label in self.cases.iter().filter_map(|c| c.label.clone()) {
            *classes.entry(label).or_default() += 1;
        }
        classes
    }

    /// The statistical units: patients where named.
    pub fn units(&self) -> Units {
        Units::by_key(self.cases.iter().map(|c| c.patient.as_deref()))
    }

    /// SHA-256, in hexadecimal, of all that is known of the cases but the files' contents: the
    /// manifest hash of a run.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for case in &self.cases {
            let masks = case.mask.as_ref().map_or(String::new(), |mask| mask.shown(&self.root));
            let eye = case.eye.map_or("", |e| e.name());
            let mut fields =
                vec![case.name.as_str(), text(&case.label), text(&case.split), text(&case.patient), eye, &masks];
            fields.extend(case.subgroups.iter().flat_map(|(k, v)| [k.as_str(), v.as_str()]));
            for field in &fields {
                // Lengths first, so that no two lists of fields read alike.
                hash.update((field.len() as u64).to_le_bytes());
                hash.update(field.as_bytes());
            }
            hash.update((fields.len() as u64).to_le_bytes());
        }
        format!("{:x}", hash.finalize())
    }
}

fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}

/// Reads the data set at `path`: a table, or a folder in one of the [`LAYOUTS`](super::LAYOUTS).
///
/// # Errors
/// See [`DataError`]. Single missing files are no error: they are among [`Dataset::excluded`].
pub fn load(path: &Path, options: &DataOptions) -> Result<Dataset, DataError> {
    let layout = match options.layout {
        Some(layout) => layout,
        None => find(path)?,
    };
    let listing = (layout.list)(path, options)?;
    let mut remarks = listing.notes.iter().cloned().map(Note::Layout).collect::<Vec<_>>();
    if options.layout.is_none() && !["manifest", "folders"].contains(&layout.name) {
        let name = layout.name;
        remarks.push(Note::Layout(format!(
            "the folders are those of a published set: read as --layout {name} (--layout folders reads them as classes)"
        )));
    }
    let pairs = listing.entries.iter().filter_map(|e| Some((e.patient.as_ref()?, e.split.as_ref()?)));
    remarks.extend(patients_in_several_splits(pairs));
    let mut excluded = Vec::new();
    let entries = chosen(path, listing, options, &mut excluded)?;
    let entries = once(path, entries, &mut excluded)?;
    let entries = present(path, entries, &mut excluded)?;
    let (mut cases, read) = settled(path, entries, layout, options, &mut excluded)?;
    remarks.extend(readings(&read, &options.classes).map(Note::Read));
    if cases.is_empty() {
        return Err(DataError::Empty { path: path.to_owned(), why: tally(&excluded) });
    }
    remarks.extend(drop_missing_masks(&mut cases));
    let columns = columns(&cases);
    remarks.extend(notes(&cases, &columns));
    Ok(Dataset {
        layout: layout.name,
        path: path.to_owned(),
        root: root(path),
        cases,
        excluded,
        notes: remarks,
        columns,
    })
}

/// The folder itself, or the one that the table lies in.
fn root(path: &Path) -> PathBuf {
    if path.is_dir() { path.to_owned() } else { path.parent().map(Path::to_owned).unwrap_or_default() }
}

/// The entries of the part asked for.
fn chosen(
    path: &Path,
    listing: Listing,
    options: &DataOptions,
    excluded: &mut Vec<Exclusion>,
) -> Result<Vec<Entry>, DataError> {
    let Some(asked) = &options.split else { return Ok(listing.entries) };
    let belongs = |entry: &Entry| entry.split.as_ref().is_some_and(|s| s.eq_ignore_ascii_case(asked));
    if !listing.entries.iter().any(belongs) {
        let splits = counts(listing.entries.iter().filter_map(|e| e.split.clone()));
        return Err(DataError::NoSuchSplit { path: path.to_owned(), asked: asked.clone(), splits });
    }
    let (kept, other): (Vec<_>, Vec<_>) = listing.entries.into_iter().partition(belongs);
    excluded
        .extend(other.into_iter().map(|e| Exclusion { name: e.name, reason: Reason::OtherSplit { split: e.split } }));
    Ok(kept)
}

/// Each image once.
fn once(path: &Path, entries: Vec<Entry>, excluded: &mut Vec<Exclusion>) -> Result<Vec<Entry>, DataError> {
    let mut seen: HashMap<PathBuf, Option<String>> = HashMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries {
        match seen.get(&entry.image) {
            None => {
                seen.insert(entry.image.clone(), entry.label.clone());
                kept.push(entry);
            }
            Some(before) if *before == entry.label => {
                excluded.push(Exclusion { name: entry.name, reason: Reason::Repeated })
            }
            Some(before) => {
                let shown = |label: &Option<String>| label.clone().unwrap_or_else(|| "none".into());
                let (first, second) = (shown(before), shown(&entry.label));
                return Err(DataError::Contradiction { path: path.to_owned(), image: entry.name, first, second });
            }
        }
    }
    Ok(kept)
}

/// The entries whose file is there.
fn present(path: &Path, entries: Vec<Entry>, excluded: &mut Vec<Exclusion>) -> Result<Vec<Entry>, DataError> {
    let count = entries.len();
    let first = entries.first().map(|e| e.image.clone()).unwrap_or_default();
    let (there, missing): (Vec<_>, Vec<_>) = entries.into_iter().partition(|e| e.image.is_file());
    if there.is_empty() && count > 0 {
        return Err(DataError::AllMissing { path: path.to_owned(), count, first, root: root(path) });
    }
    excluded.extend(missing.into_iter().map(|e| {
        let reason = if e.image.is_dir() { Reason::Folder } else { Reason::Missing };
        Exclusion { name: e.name, reason }
    }));
    Ok(there)
}

fn settled(
    path: &Path,
    entries: Vec<Entry>,
    layout: &Layout,
    options: &DataOptions,
    excluded: &mut Vec<Exclusion>,
) -> Result<(Vec<Case>, Read), DataError> {
    let settling = Settling { map: &options.labels, classes: &options.classes, meanings: layout.labels };
    let (mut unknown, mut read) = (Vec::new(), Read::new());
    let mut cases = Vec::with_capacity(entries.len());
    for entry in entries {
        let label = match entry.label.as_deref().map(|label| (label, settling.settle(label))) {
            None => None,
            Some((_, Settled::Class(class))) => Some(class),
            Some((label, Settled::Finding(class))) => {
                *read.entry((label.to_owned(), class.clone())).or_default() += 1;
                Some(class)
            }
            Some((label, Settled::Unknown)) => {
                unknown.push(label.to_owned());
                continue;
            }
            Some((label, settled)) => {
                let label = label.to_owned();
                let reason =
                    if settled == Settled::Suspect { Reason::Suspect { label } } else { Reason::Mapped { label } };
                excluded.push(Exclusion { name: entry.name, reason });
                continue;
            }
        };
        cases.push(entry.case(label));
    }
    if unknown.is_empty() {
        return Ok((cases, read));
    }
    let labels = counts(unknown.into_iter());
    let next = if layout.advice.is_empty() { settling.advice(&labels) } else { layout.advice.to_owned() };
    Err(DataError::UnknownLabels { path: path.to_owned(), labels, next })
}

fn drop_missing_masks(cases: &mut [Case]) -> Option<Note> {
    let mut missing = Vec::new();
    for case in cases {
        let absent =
            case.mask.as_ref().and_then(|mask| mask.paths().into_iter().find(|p| !p.is_file()).map(Path::to_owned));
        if let Some(path) = absent {
            missing.push(path.display().to_string());
            case.mask = None;
        }
    }
    let first = missing.first()?.clone();
    Some(Note::MissingMasks { cases: missing.len(), first })
}

/// How often each comes, sorted.
fn counts(names: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    counts.into_iter().collect()
}

/// What became of the cases, in words.
fn tally(excluded: &[Exclusion]) -> String {
    if excluded.is_empty() {
        return "there are no images".into();
    }
    counts(excluded.iter().map(|e| e.reason.to_string()))
        .iter()
        .map(|(why, n)| format!("{n}: {why}"))
        .collect::<Vec<_>>()
        .join("; ")
}
