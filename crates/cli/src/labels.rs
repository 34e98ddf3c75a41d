//! True labels: from folder names or a table.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use heatlens::Model;

use crate::inputs::Source;

/// Where labels come from.
#[derive(Clone, Debug)]
pub enum Labels {
    /// The name of the folder that an image lies in.
    Folders,
    /// A CSV file with an image and a label column.
    Table(PathBuf),
}

impl Labels {
    /// Reads `folders` or the path of a CSV file.
    pub fn parse(text: &str) -> Labels {
        if text == "folders" { Labels::Folders } else { Labels::Table(text.into()) }
    }

    /// The class of each source; `None` where it has no label.
    ///
    /// # Errors
    /// If no image has a label, or a label in a table is no class of the model.
    pub fn of(&self, sources: &[Source], model: &Model) -> Result<Vec<Option<usize>>> {
        let labels = match self {
            Labels::Folders => sources.iter().map(|source| folder_class(&source.path, model)).collect::<Vec<_>>(),
            Labels::Table(path) => Table::read(path, model)?.labels(sources)?,
        };
        if labels.iter().all(Option::is_none) {
            bail!("{}", self.explain_nothing(sources, model));
        }
        Ok(labels)
    }

    fn explain_nothing(&self, sources: &[Source], model: &Model) -> String {
        let classes = model.classes().join(", ");
        match self {
            Labels::Folders => {
                let folder =
                    sources.first().and_then(|s| s.path.parent()).map_or(String::new(), |p| p.display().to_string());
                format!(
                    "no image lies in a folder named as a class ({classes}); the first lies in `{folder}`. Name the \
                     classes with --classes in the order of training"
                )
            }
            Labels::Table(path) => {
                let first = sources.first().map_or("", |s| s.shown.as_str());
                format!("none of the images is listed in `{}`; the first is `{first}`", path.display())
            }
        }
    }
}

fn folder_class(path: &Path, model: &Model) -> Option<usize> {
    let folder = path.parent()?.file_name()?.to_string_lossy().into_owned();
    model.classes().iter().position(|class| class.eq_ignore_ascii_case(&folder))
}

/// The labels of a CSV file, found by file name.
struct Table {
    path: PathBuf,
    rows: HashMap<String, Vec<(PathBuf, usize)>>,
}

const IMAGE_COLUMNS: [&str; 6] = ["image", "path", "file", "filename", "image_path", "image name"];
const LABEL_COLUMNS: [&str; 5] = ["label", "class", "target", "diagnosis", "glaucoma"];

impl Table {
    fn read(path: &Path, model: &Model) -> Result<Table> {
        let shown = path.display();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .with_context(|| format!("cannot read the labels `{shown}`"))?;
        let headers = reader.headers().with_context(|| format!("cannot read the labels `{shown}`"))?.clone();
        let column = |known: &[&str], what: &str| {
            let position = known.iter().find_map(|name| {
                headers.iter().position(|h| h.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
            });
            position.with_context(|| {
                format!(
                    "`{shown}` has no {what} column: one of {} is needed, it has {}",
                    known.join(", "),
                    headers.iter().collect::<Vec<_>>().join(", ")
                )
            })
        };
        let (image, label) = (column(&IMAGE_COLUMNS, "image")?, column(&LABEL_COLUMNS, "label")?);
        let mut rows: HashMap<String, Vec<(PathBuf, usize)>> = HashMap::new();
        for (line, row) in reader.records().enumerate() {
            let row = row.with_context(|| format!("`{shown}`, line {}", line + 2))?;
            let (image, label) = (PathBuf::from(&row[image]), &row[label]);
            if label.is_empty() {
                continue;
            }
            let by_name = model.classes().iter().position(|c| c.eq_ignore_ascii_case(label));
            let class = by_name
                .map_or_else(|| model.class(label), Ok)
                .with_context(|| format!("`{shown}`, line {}", line + 2))?;
            let name = image.file_name().unwrap_or_default().to_string_lossy().into_owned();
            rows.entry(name).or_default().push((image, class));
        }
        Ok(Table { path: path.to_owned(), rows })
    }

    fn labels(&self, sources: &[Source]) -> Result<Vec<Option<usize>>> {
        sources.iter().map(|source| self.label(&source.path)).collect()
    }

    /// The row whose path ends the image's path; else the only row of the same file name.
    fn label(&self, image: &Path) -> Result<Option<usize>> {
        let name = image.file_name().unwrap_or_default().to_string_lossy();
        let Some(rows) = self.rows.get(name.as_ref()) else { return Ok(None) };
        let ends: Vec<_> = rows.iter().filter(|(path, _)| image.ends_with(path)).collect();
        let fitting = if ends.is_empty() { rows.iter().collect() } else { ends };
        let (_, class) = fitting[0];
        if fitting.iter().any(|(_, other)| other != class) {
            bail!(
                "`{}` gives `{}` several labels: write the image column with its folders",
                self.path.display(),
                image.display()
            );
        }
        Ok(Some(*class))
    }
}
