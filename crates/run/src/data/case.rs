//! One photograph of a data set, or why it was left out.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use heatlens_anatomy::Side;
use serde::Serialize;

use super::MaskFiles;

/// One photograph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its file.
    pub image: PathBuf,
    /// Its name: as the table has it, or relative to the folder, with `/`. Unique within the set.
    pub name: String,
    /// The class, after the label map.
    pub label: Option<String>,
    /// The part of the set it belongs to, as written: `train`, `test`, …
    pub split: Option<String>,
    /// Where its disc and cup are outlined.
    pub mask: Option<MaskFiles>,
    /// Whose eye it is.
    pub patient: Option<String>,
    /// Which eye it is.
    pub eye: Option<Side>,
    /// Further columns by name: camera, hospital, age, …
    pub subgroups: BTreeMap<String, String>,
}

/// A photograph that is not among the cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// Its name, as in [`Case::name`].
    pub name: String,
    /// Why.
    pub reason: Reason,
}

impl Exclusion {
    /// How many are left out for each reason, a sentence each; what another split holds is no loss.
    pub fn words(excluded: &[Exclusion]) -> Vec<String> {
        let mut reasons = BTreeMap::<String, Vec<&str>>::new();
        let wanted = excluded.iter().filter(|excluded| !matches!(excluded.reason, Reason::OtherSplit { .. }));
        wanted.for_each(|excluded| reasons.entry(excluded.reason.to_string()).or_default().push(&excluded.name));
        let words = |(reason, names): (String, Vec<&str>)| {
            format!("left out: {} such as `{}`: {reason}", names.len(), names[0])
        };
        reasons.into_iter().map(words).collect()
    }
}

/// Why a photograph is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its label says that the diagnosis is open; no class was named for it.
    Suspect {
        /// The label as written.
        label: String,
    },
    /// The label map leaves it out.
    Mapped {
        /// The label as written.
        label: String,
    },
    /// It belongs to another part than the one asked for.
    OtherSplit {
        /// That part; none where the column is empty.
        split: Option<String>,
    },
    /// The file is not there.
    Missing,
    /// There is a folder in its place.
    Folder,
    /// The table lists it a second time, with the same label.
    Repeated,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Suspect { label } => {
                write!(f, "labelled `{label}`: the diagnosis is open, and the label map gives it no class")
            }
            Reason::Mapped { label } => write!(f, "the label map leaves `{label}` out"),
            Reason::OtherSplit { split: Some(split) } => write!(f, "belongs to the part `{split}`"),
            Reason::OtherSplit { split: None } => write!(f, "belongs to no part of the set"),
            Reason::Missing => write!(f, "the file is not there"),
            Reason::Folder => write!(f, "it is a folder, no image"),
            Reason::Repeated => write!(f, "listed twice"),
        }
    }
}
