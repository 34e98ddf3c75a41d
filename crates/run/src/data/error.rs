//! Why a data set cannot be used. Each message says what was found and what to do.

use std::path::{Path, PathBuf};

use heatlens_record::are;
use thiserror::Error;

/// An error of [`super::load`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A table is no proper table.
    #[error("`{}`{}: {what}", path.display(), line.map_or(String::new(), |l| format!(", line {l}")))]
    Table {
        /// The table.
        path: PathBuf,
        /// The line, from 1.
        line: Option<u64>,
        /// What is wrong with it and what to do.
        what: String,
    },
    /// A column is missing.
    #[error(
        "`{}` has no {what} column: it needs one named {}; it has {}{}",
        path.display(), needed.join(" or "), quoted(have),
        nearest.as_ref().map_or(String::new(), |n| format!("; is `{n}` meant? Rename it"))
    )]
    MissingColumn {
        /// The table.
        path: PathBuf,
        /// What the column holds.
        what: &'static str,
        /// Names it may have.
        needed: Vec<String>,
        /// The columns there are.
        have: Vec<String>,
        /// A column with almost such a name.
        nearest: Option<String>,
    },
    /// The folder does not look as the layout says.
    #[error("`{}` does not look like {layout}: {what}", path.display())]
    Layout {
        /// The folder.
        path: PathBuf,
        /// The layout's name.
        layout: &'static str,
        /// What was looked for, and what to do.
        what: String,
    },
    /// No layout has this name.
    #[error(
        "there is no layout `{asked}`{}; there are {}",
        nearest.map_or(String::new(), |n| format!(", perhaps `{n}` is meant")), known.join(", ")
    )]
    UnknownLayout {
        /// What was asked for.
        asked: String,
        /// The nearest name.
        nearest: Option<&'static str>,
        /// All names.
        known: Vec<&'static str>,
    },
    /// Labels that are no class.
    #[error(
        "{} in `{}`: {}. {next}",
        if labels.len() == 1 { "a label that is no class" } else { "labels that are no classes" },
        path.display(), counted(labels)
    )]
    UnknownLabels {
        /// The table or folder.
        path: PathBuf,
        /// The labels as written, and how often.
        labels: Vec<(String, usize)>,
        /// What to do.
        next: String,
    },
    /// A label map that makes no sense.
    #[error("label map: {0}")]
    LabelMap(String),
    /// One image with several labels.
    #[error("`{}` gives `{image}` the labels `{first}` and `{second}`: keep one of the rows", path.display())]
    Contradiction {
        /// The table.
        path: PathBuf,
        /// The image.
        image: String,
        /// Its first label.
        first: String,
        /// Its other label.
        second: String,
    },
    /// None of the images is there.
    #[error(
        "{} `{}` lists {} missing; the first was looked for at `{}`. Paths are relative to `{}`, \
         with `/` between folders",
        if *count == 1 { "the one image that".into() } else { format!("all {count} images that") }, path.display(), are(*count), first.display(), if root.as_os_str().is_empty() { Path::new(".") } else { root }.display()
    )]
    AllMissing {
        /// The table.
        path: PathBuf,
        /// Images listed.
        count: usize,
        /// Where the first was looked for.
        first: PathBuf,
        /// What paths are relative to.
        root: PathBuf,
    },
    /// The part asked for is empty.
    #[error(
        "no image of `{}` belongs to the part `{asked}`; {}",
        path.display(),
        parts(splits)
    )]
    NoSuchSplit {
        /// The table or folder.
        path: PathBuf,
        /// What was asked for.
        asked: String,
        /// The parts there are, and their sizes.
        splits: Vec<(String, usize)>,
    },
    /// No image lies in a folder of a class.
    #[error(
        "no image lies in a folder named as a class ({classes}); the first lies in `{}`. Name the classes with \
         --classes in the order of training",
        path.display()
    )]
    NoFolders {
        /// The folder of the first image.
        path: PathBuf,
        /// The classes.
        classes: String,
    },
    /// A table of labels lists none of the images.
    #[error("none of the images is listed in `{}`; the first is `{first}`", path.display())]
    NoneListed {
        /// The table.
        path: PathBuf,
        /// The first image.
        first: String,
    },
    /// Every image was left out.
    #[error("no case of `{}` is left: {why}", path.display())]
    Empty {
        /// The table or folder.
        path: PathBuf,
        /// What became of them.
        why: String,
    },
}

fn parts(splits: &[(String, usize)]) -> String {
    match splits {
        [] => "it is not divided into parts: leave the choice out".into(),
        splits => format!("there are {}", counted(splits)),
    }
}

pub(super) fn quoted(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ") }
}

/// `a` (3), `b` (1) and how many more, for lists that may be long.
pub(super) fn counted(names: &[(String, usize)]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(|(n, count)| format!("`{n}` ({count})")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}

/// The known name most like the one given, if it is much like it.
pub(super) fn nearest<'a>(asked: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let asked = asked.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&asked, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
