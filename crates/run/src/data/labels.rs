//! What a written label means.

use std::collections::{BTreeMap, BTreeSet};

use super::DataError;
use super::advice::advice;
use crate::classes::by_finding;

/// What a data set's own label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A class of this name.
    Class(&'static str),
    /// The diagnosis is open: kept apart unless the user names a class for it.
    Suspect,
}

/// Labels that mean an open diagnosis in any table.
pub(super) const SUSPECTS: [&str; 5] = ["suspect", "suspected", "suspicious", "glaucoma suspect", "glaucoma_suspect"];

/// The user's own words for labels: written label → class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelMap {
    targets: BTreeMap<String, Target>,
}

/// What the user wants of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This class.
    Class(String),
    /// Leave these cases out.
    Exclude,
}

impl LabelMap {
    /// Reads `0=normal,1=glaucoma,2=exclude`.
    ///
    /// # Errors
    /// If a pair has no `=`, a side is empty, or a label comes twice with different classes.
    pub fn parse(text: &str) -> Result<LabelMap, DataError> {
        let mut targets = BTreeMap::new();
        for pair in text.split(',').filter(|p| !p.trim().is_empty()) {
            let wrong =
                || DataError::LabelMap(format!("`{pair}` is no pair such as `1=glaucoma`; separate pairs by commas"));
            let (label, class) = pair.split_once('=').map(|(l, c)| (l.trim(), c.trim())).ok_or_else(wrong)?;
            if label.is_empty() || class.is_empty() {
                return Err(wrong());
            }
            let target =
                if class.eq_ignore_ascii_case("exclude") { Target::Exclude } else { Target::Class(class.to_owned()) };
            if targets.insert(key(label), target.clone()).is_some_and(|before| before != target) {
                return Err(DataError::LabelMap(format!("`{label}` is given two classes")));
            }
        }
        Ok(LabelMap { targets })
    }

    /// The target of a label, in any case; `1.0` is `1`.
    pub fn get(&self, label: &str) -> Option<&Target> {
        self.targets.get(&key(label))
    }

    /// The labels mapped and what they become, sorted: for provenance.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &Target)> {
        self.targets.iter().map(|(label, target)| (label.as_str(), target))
    }
}

impl LabelMap {
    /// The class of a label as a position among `classes`; none where its images are to be left
    /// out. Where the classes have no names of their own, a number is the position.
    ///
    /// # Errors
    /// If it is no class.
    pub(crate) fn class(&self, label: &str, classes: &[String]) -> Result<Option<usize>, ()> {
        let settling = Settling { map: self, classes, meanings: &[] };
        match settling.settle(label) {
            Settled::Class(name) | Settled::Finding(name) => Ok(classes.iter().position(|class| *class == name)),
            Settled::Suspect | Settled::Excluded => Ok(None),
            Settled::Unknown => {
                let unnamed = classes.iter().enumerate().all(|(i, class)| *class == format!("class {i}"));
                let position = key(label).parse().ok().filter(|&i: &usize| unnamed && i < classes.len());
                position.map(Some).ok_or(())
            }
        }
    }

    /// What to do about labels that are no class, as options of the command.
    pub(crate) fn advice(&self, classes: &[String], unknown: &[(String, usize)]) -> String {
        Settling { map: self, classes, meanings: &[] }.advice(unknown)
    }
}

/// Whether a label leaves open what is there.
pub(super) fn is_suspect(label: &str) -> bool {
    SUSPECTS.contains(&key(label).as_str())
}

/// What becomes of a case with a label.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Class(String),
    /// No class has this name, but it says whether something was found, which one alone of two
    /// classes denies.
    Finding(String),
    Suspect,
    Excluded,
    /// No class of this name.
    Unknown,
}

/// Settles labels by the user's map, the model's classes and the layout's own meanings, in this
/// order.
pub(super) struct Settling<'a> {
    pub(super) map: &'a LabelMap,
    /// The model's classes; any label is a class if empty.
    pub(super) classes: &'a [String],
    pub(super) meanings: &'a [(&'static str, Meaning)],
}

impl Settling<'_> {
    pub(super) fn settle(&self, label: &str) -> Settled {
        if let Some(target) = self.map.get(label) {
            return self.target(target);
        }
        if let Some(class) = self.known(label) {
            return Settled::Class(class);
        }
        match self.meanings.iter().find(|(written, _)| key(written) == key(label)) {
            Some((_, Meaning::Suspect)) => Settled::Suspect,
            // The user may also rename what the layout says: `normal=healthy`.
            Some((_, Meaning::Class(class))) => match self.map.get(class) {
                Some(target) => self.target(target),
                None => self.class(class),
            },
            None if is_suspect(label) => Settled::Suspect,
            None if self.meanings.is_empty() => self.class(label),
            None => Settled::Unknown,
        }
    }

    fn target(&self, target: &Target) -> Settled {
        match target {
            Target::Exclude => Settled::Excluded,
            Target::Class(class) if self.classes.is_empty() => Settled::Class(class.clone()),
            Target::Class(class) => self.known(class).map_or(Settled::Unknown, Settled::Class),
        }
    }

    fn class(&self, name: &str) -> Settled {
        if self.classes.is_empty() {
            return Settled::Class(name.to_owned());
        }
        let found = || by_finding(name, self.classes).map(|class| Settled::Finding(self.classes[class].clone()));
        self.known(name).map(Settled::Class).or_else(found).unwrap_or(Settled::Unknown)
    }

    /// The model's class of this name, as the model writes it.
    fn known(&self, name: &str) -> Option<String> {
        self.classes.iter().find(|c| c.eq_ignore_ascii_case(name)).cloned()
    }

    /// What to do about labels that are unknown, as options of the command.
    pub(super) fn advice(&self, unknown: &[(String, usize)]) -> String {
        let meant = |(_, meaning): &(&str, Meaning)| match meaning {
            Meaning::Class(class) => Some((*class).to_owned()),
            Meaning::Suspect => None,
        };
        if !self.classes.is_empty() {
            return advice(self.classes, unknown);
        }
        let meant: BTreeSet<String> = self.meanings.iter().filter_map(meant).collect();
        advice(&meant.into_iter().collect::<Vec<_>>(), unknown)
    }
}

/// Labels are compared in lower case; spreadsheets make `1.0` of `1`.
pub(super) fn key(label: &str) -> String {
    let lower = label.trim().to_lowercase();
    match lower.strip_suffix(".0") {
        Some(whole) if whole.parse::<i64>().is_ok() => whole.to_owned(),
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEANINGS: &[(&str, Meaning)] =
        &[("0", Meaning::Class("normal")), ("1", Meaning::Class("glaucoma")), ("-1", Meaning::Suspect)];

    fn settle(map: &str, classes: &[&str], meanings: &[(&'static str, Meaning)], label: &str) -> Settled {
        let classes: Vec<String> = classes.iter().map(|&c| c.to_owned()).collect();
        Settling { map: &LabelMap::parse(map).unwrap(), classes: &classes, meanings }.settle(label)
    }

    fn class(name: &str) -> Settled {
        Settled::Class(name.into())
    }

    #[test]
    fn the_map_comes_first_then_the_classes_then_the_layout() {
        assert_eq!(settle("", &[], MEANINGS, "1.0"), class("glaucoma"));
        assert_eq!(settle("", &[], MEANINGS, "-1"), Settled::Suspect);
        assert_eq!(settle("-1=glaucoma", &[], MEANINGS, "-1"), class("glaucoma"));
        assert_eq!(settle("", &["Normal", "Glaucoma"], MEANINGS, "1"), class("Glaucoma"));
        assert_eq!(settle("normal=healthy", &["healthy", "glaucoma"], MEANINGS, "0"), class("healthy"));
        assert_eq!(settle("", &[], MEANINGS, "7"), Settled::Unknown);
        assert_eq!(settle("1=exclude", &[], MEANINGS, "1"), Settled::Excluded);
    }

    #[test]
    fn without_a_layout_a_label_is_a_class_and_a_suspect_is_kept_apart() {
        assert_eq!(settle("", &[], &[], "AMD"), class("AMD"));
        assert_eq!(settle("", &["normal", "glaucoma"], &[], "AMD"), Settled::Unknown);
        assert_eq!(settle("", &[], &[], "Suspect"), Settled::Suspect);
        assert_eq!(settle("", &["normal", "suspect"], &[], "Suspect"), class("suspect"));
        // Which class 1 is must be said, not guessed from an order.
        assert_eq!(settle("", &["normal", "glaucoma"], &[], "1"), Settled::Unknown);
    }

    #[test]
    fn what_says_that_something_was_found_stands_for_its_class() {
        let finding = |name: &str| Settled::Finding(name.into());
        for (label, read) in [("No", "normal"), ("NRG", "normal"), ("Yes", "glaucoma"), ("no glaucoma", "normal")] {
            assert_eq!(settle("", &["normal", "glaucoma"], &[], label), finding(read), "{label}");
        }
        assert_eq!(settle("yes=normal", &["normal", "glaucoma"], &[], "Yes"), class("normal"));
        // What a layout's own label means is read like a label.
        assert_eq!(settle("", &["healthy", "glaucoma"], MEANINGS, "0"), finding("healthy"));
        assert_eq!(settle("", &["healthy", "AMD"], MEANINGS, "1"), Settled::Unknown);
        // Neither which class is healthy nor what the user wrote is guessed.
        assert_eq!(settle("", &["left", "right"], &[], "Yes"), Settled::Unknown);
        assert_eq!(settle("0=no", &["normal", "glaucoma"], &[], "0"), Settled::Unknown);
    }

    #[test]
    fn a_map_that_makes_no_sense_is_refused() {
        for text in ["glaucoma", "=x", "1=", "1=a,1=b"] {
            assert!(LabelMap::parse(text).is_err(), "{text}");
        }
        assert_eq!(LabelMap::parse("1=a, 1.0=a,").unwrap().pairs().count(), 1);
    }
}
