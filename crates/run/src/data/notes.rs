//! What a reader of the results must know about a data set.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use heatlens_record::{are, count, have};
use serde::Serialize;

use super::{Case, Column, ColumnKind};

/// From this many cases of one class only, a group is a built-in shortcut.
const TELLING_GROUP: usize = 5;

/// A remark about the whole set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// No case has a label.
    NoLabels,
    /// Some cases have none.
    Unlabelled {
        /// How many.
        cases: usize,
    },
    /// All labelled cases have the same.
    OneClass {
        /// It.
        class: String,
    },
    /// All cases of a group have the same label, though there are several.
    OneClassGroup {
        /// The column.
        column: String,
        /// The group.
        group: String,
        /// Its only class.
        class: String,
        /// Its cases.
        cases: usize,
    },
    /// No patients are known.
    NoPatients,
    /// Patients with cases in several parts of the set.
    PatientsInSeveralSplits {
        /// How many.
        patients: usize,
    },
    /// No case has a mask.
    NoMasks,
    /// Masks that are named but not there.
    MissingMasks {
        /// How many.
        cases: usize,
        /// One of them.
        first: String,
    },
    /// How labels were read that are no class's name.
    Read(String),
    /// What a layout has to say.
    Layout(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::NoLabels => write!(f, "no case has a label: nothing can be said about right and wrong"),
            Note::Unlabelled { cases } => {
                write!(f, "{} {} no label and can only be predicted and explained", count(*cases, "case"), have(*cases))
            }
            Note::OneClass { class } => {
                write!(f, "all labels are `{class}`: the classes cannot be compared, and there is no ROC curve")
            }
            Note::OneClassGroup { column, group, class, cases } => {
                write!(
                    f,
                    "{} with {column} `{group}` {} `{class}`: a model can tell the class by the {column}",
                    if *cases == 1 { "the one case".to_owned() } else { format!("all {cases} cases") },
                    are(*cases)
                )
            }
            Note::NoPatients => {
                write!(
                    f,
                    "no patients are named: each photograph counts as one, and intervals are too narrow if patients \
                     repeat"
                )
            }
            Note::PatientsInSeveralSplits { patients } => {
                write!(f, "{} {} photographs in several parts of the set", count(*patients, "patient"), have(*patients))
            }
            Note::NoMasks => write!(f, "no case has a mask of disc and cup"),
            Note::MissingMasks { cases, first } => {
                write!(
                    f,
                    "{} {} not there, such as `{first}`: a case without one is used as it is",
                    count(*cases, "mask"),
                    are(*cases)
                )
            }
            Note::Read(text) | Note::Layout(text) => f.write_str(text),
        }
    }
}

/// The notes that follow from the cases.
pub(super) fn notes(cases: &[Case], columns: &[Column]) -> Vec<Note> {
    let mut notes = Vec::new();
    let classes: BTreeSet<&String> = cases.iter().filter_map(|c| c.label.as_ref()).collect();
    let unlabelled = cases.iter().filter(|c| c.label.is_none()).count();
    match (classes.len(), unlabelled) {
        (0, _) => notes.push(Note::NoLabels),
        (_, 0) => {}
        (_, cases) => notes.push(Note::Unlabelled { cases }),
    }
    if let (1, Some(class)) = (classes.len(), classes.first()) {
        notes.push(Note::OneClass { class: (*class).clone() });
    }
    if classes.len() > 1 {
        notes.extend(columns.iter().flat_map(|column| one_class_groups(cases, column)));
    }
    if cases.iter().all(|c| c.patient.is_none()) {
        notes.push(Note::NoPatients);
    }
    if cases.iter().all(|c| c.mask.is_none()) {
        notes.push(Note::NoMasks);
    }
    notes
}

fn one_class_groups(cases: &[Case], column: &Column) -> Vec<Note> {
    let ColumnKind::Groups(groups) = &column.kind else { return Vec::new() };
    let mut found = Vec::new();
    for group in groups.keys() {
        let labels: Vec<&String> = cases
            .iter()
            .filter(|c| c.subgroups.get(&column.name) == Some(group))
            .filter_map(|c| c.label.as_ref())
            .collect();
        if labels.len() >= TELLING_GROUP && labels.iter().all(|l| *l == labels[0]) {
            let (column, group, class) = (column.name.clone(), group.clone(), labels[0].clone());
            found.push(Note::OneClassGroup { column, group, class, cases: labels.len() });
        }
    }
    found
}

/// Patients in several parts, from pairs of patient and part.
pub(super) fn patients_in_several_splits<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Option<Note> {
    let mut splits: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (patient, split) in pairs {
        splits.entry(patient).or_default().insert(split);
    }
    let patients = splits.values().filter(|s| s.len() > 1).count();
    (patients > 0).then_some(Note::PatientsInSeveralSplits { patients })
}
