//! True labels of images that were named one by one: from their folders or from a table.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use heatlens::Model;
use heatlens_record::{are, count, have};

use crate::classes::in_usual_order;
use crate::data::{DataError, LabelMap, LabelTable, Read, Target, readings};
use crate::inputs::Source;

/// Where labels come from.
#[derive(Clone, Debug)]
pub enum LabelSource {
    /// The name of the folder that an image lies in.
    Folders,
    /// A table with an image and a label column.
    Table(PathBuf),
}

/// The true classes of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The class of each image, where known.
    pub classes: Vec<Option<usize>>,
    /// What was assumed, in words the user should see.
    pub notes: Vec<String>,
}

/// How images are labelled.
#[derive(Clone, Debug, Default)]
pub struct LabelOptions {
    /// Where labels come from; there are none where that is not said.
    pub source: Option<LabelSource>,
    /// What they mean.
    pub map: LabelMap,
}

impl LabelOptions {
    /// Reads what `--labels` was given: `folders`, the path of a table, or what labels mean
    /// (`0=normal,1=glaucoma`), in any order.
    ///
    /// # Errors
    /// [`DataError::LabelMap`].
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<LabelOptions, DataError> {
        let (mut source, mut pairs) = (None, Vec::new());
        for text in texts {
            match text {
                "folders" => source = Some(LabelSource::Folders),
                path if !path.contains('=') || Path::new(path).exists() => {
                    source = Some(LabelSource::Table(path.into()))
                }
                map => pairs.push(map),
            }
        }
        Ok(LabelOptions { source, map: LabelMap::parse(&pairs.join(","))? })
    }

    /// The class of each source; `None` where it has no label, or one that is to be left out.
    ///
    /// # Errors
    /// If no image has a label, or a label is no class of the model.
    pub fn of(&self, sources: &[Source], model: &Model) -> Result<Labels, DataError> {
        let Some(source) = &self.source else {
            return Ok(Labels { classes: vec![None; sources.len()], notes: Vec::new() });
        };
        let Written { labels: written, note } = Written::of(source, sources)?;
        let path = match source {
            LabelSource::Folders => sources.first().and_then(|source| source.path.parent()).unwrap_or(Path::new("")),
            LabelSource::Table(path) => path,
        };
        let labels = self.settled(path, source, &written, model)?;
        if labels.iter().all(Option::is_none) {
            return Err(nothing(source, path, sources, model));
        }
        let mut notes: Vec<String> = note.into_iter().collect();
        notes.extend(self.notes(source, sources, &written, &labels, model));
        Ok(Labels { classes: labels, notes })
    }

    /// The two words that labels are where they are two, to name the classes of a model that has no
    /// names for its two: the healthy one first as trainings have it, else as ImageFolder sorts them.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) fn two_names(&self, sources: &[Source]) -> Result<Option<Vec<String>>, DataError> {
        let Some(source) = &self.source else { return Ok(None) };
        let mut names = BTreeSet::new();
        for label in Written::of(source, sources)?.labels.into_iter().flatten() {
            match self.map.get(&label) {
                Some(Target::Class(name)) => names.insert(name.clone()),
                Some(Target::Exclude) => false,
                None => names.insert(label),
            };
        }
        let names: Vec<String> = names.into_iter().collect();
        let are_words = names.len() == 2 && names.iter().all(|name| name.parse::<f64>().is_err());
        Ok(are_words.then(|| in_usual_order(&names).unwrap_or(names)))
    }

    /// What was read into labels, and which images have none.
    fn notes(
        &self,
        source: &LabelSource,
        sources: &[Source],
        written: &[Option<String>],
        labels: &[Option<usize>],
        model: &Model,
    ) -> Vec<String> {
        let classes = model.classes();
        let (mut read, mut unmatched) = (Read::new(), BTreeMap::<String, usize>::new());
        for (written, label) in written.iter().zip(labels) {
            let Some(written) = written else { continue };
            match label {
                Some(class) if self.map.get(written).is_none() && !written.eq_ignore_ascii_case(&classes[*class]) => {
                    *read.entry((written.clone(), classes[*class].clone())).or_default() += 1;
                }
                None if self.map.class(written, classes).is_err() => {
                    *unmatched.entry(written.clone()).or_default() += 1;
                }
                _ => {}
            }
        }
        let mut notes: Vec<String> = readings(&read, classes).into_iter().collect();
        let unlabelled = labels.iter().filter(|label| label.is_none()).count();
        if let Some(first) = labels.iter().position(Option::is_none) {
            let of = match source {
                LabelSource::Folders => format!("{} in a folder that is named as no class", are(unlabelled)),
                LabelSource::Table(path) => format!("{} no label in `{}`", have(unlabelled), path.display()),
            };
            let mut note = format!(
                "{unlabelled} of {} {of}, such as `{}`: what has no label is not counted as right or wrong",
                count(labels.len(), "image"),
                sources[first].shown
            );
            if !unmatched.is_empty() {
                note += &format!(". {}", self.map.advice(classes, &unmatched.into_iter().collect::<Vec<_>>()));
            }
            notes.push(note);
        }
        notes
    }

    fn settled(
        &self,
        path: &Path,
        source: &LabelSource,
        written: &[Option<String>],
        model: &Model,
    ) -> Result<Vec<Option<usize>>, DataError> {
        let settled: Vec<_> =
            written.iter().map(|label| label.as_deref().map(|label| self.map.class(label, model.classes()))).collect();
        let mut unknown = BTreeMap::<String, usize>::new();
        for (label, settled) in written.iter().zip(&settled) {
            if let (Some(label), Some(Err(()))) = (label, settled) {
                *unknown.entry(label.clone()).or_default() += 1;
            }
        }
        // A folder of another name is no label; in a table it is a mistake.
        if let (false, LabelSource::Table(_)) = (unknown.is_empty(), source) {
            let labels: Vec<(String, usize)> = unknown.into_iter().collect();
            let next = self.map.advice(model.classes(), &labels);
            return Err(DataError::UnknownLabels { path: path.to_owned(), labels, next });
        }
        Ok(settled.into_iter().map(|settled| settled.and_then(Result::ok).flatten()).collect())
    }
}

/// Labels as they are written.
struct Written {
    /// One an image.
    labels: Vec<Option<String>>,
    /// What was assumed to find them.
    note: Option<String>,
}

impl Written {
    fn of(source: &LabelSource, sources: &[Source]) -> Result<Written, DataError> {
        match source {
            LabelSource::Folders => {
                Ok(Written { labels: sources.iter().map(|source| folder(&source.path)).collect(), note: None })
            }
            LabelSource::Table(path) => {
                let table = LabelTable::read(path)?;
                let rows = Rows::of(path, table.rows);
                let label = |source: &Source| rows.found(&source.path).map(|label| label.cloned());
                Ok(Written { labels: sources.iter().map(label).collect::<Result<_, _>>()?, note: table.note })
            }
        }
    }
}

pub(crate) fn nothing(source: &LabelSource, path: &Path, sources: &[Source], model: &Model) -> DataError {
    let (classes, path) = (model.classes().join(", "), path.to_owned());
    match source {
        LabelSource::Folders => DataError::NoFolders { path, classes },
        LabelSource::Table(_) => {
            let first = sources.first().map_or(String::new(), |source| source.shown.clone());
            DataError::NoneListed { path, first }
        }
    }
}

/// The name of the folder that a file lies in.
pub(crate) fn folder(path: &Path) -> Option<String> {
    Some(path.parent()?.file_name()?.to_string_lossy().into_owned())
}

/// What a cell or a row of cells says, as a complaint shows it.
pub(crate) trait Shown {
    /// In the table's words.
    fn shown(&self) -> String;
}

impl Shown for String {
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Shown for Vec<Option<String>> {
    fn shown(&self) -> String {
        self.iter().map(|cell| cell.as_deref().unwrap_or("nothing")).collect::<Vec<_>>().join(", ")
    }
}

/// The rows of a table by the file name of their image.
pub(crate) struct Rows<'a, T> {
    table: &'a Path,
    rows: HashMap<String, Vec<(PathBuf, T)>>,
}

impl<'a, T: PartialEq + Shown> Rows<'a, T> {
    /// From pairs of image and what the table says of it.
    pub fn of(table: &'a Path, pairs: Vec<(String, T)>) -> Rows<'a, T> {
        let mut rows: HashMap<String, Vec<(PathBuf, T)>> = HashMap::new();
        for (image, said) in pairs {
            // As Windows writes paths.
            let image = PathBuf::from(image.replace('\\', "/"));
            let name = image.file_name().unwrap_or_default().to_string_lossy().into_owned();
            rows.entry(name).or_default().push((image, said));
        }
        Rows { table, rows }
    }

    /// What is said in the row whose path ends the image's path; else in the only row of the same
    /// file name, with or without its extension.
    ///
    /// # Errors
    /// If several rows fit and say different things.
    pub fn found(&self, image: &Path) -> Result<Option<&T>, DataError> {
        let name = image.file_name().unwrap_or_default().to_string_lossy();
        let stem = image.file_stem().unwrap_or_default().to_string_lossy();
        let Some(rows) = self.rows.get(name.as_ref()).or_else(|| self.rows.get(stem.as_ref())) else { return Ok(None) };
        let ends: Vec<_> =
            rows.iter().filter(|(path, _)| image.ends_with(path) || image.with_extension("").ends_with(path)).collect();
        let fitting = if ends.is_empty() { rows.iter().collect() } else { ends };
        let (_, said) = fitting[0];
        match fitting.iter().find(|(_, other)| other != said) {
            None => Ok(Some(said)),
            Some((_, other)) => Err(DataError::Contradiction {
                path: self.table.to_owned(),
                image: image.display().to_string(),
                first: said.shown(),
                second: other.shown(),
            }),
        }
    }
}
