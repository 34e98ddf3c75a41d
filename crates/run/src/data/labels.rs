//! What a written label means.

use std::collections::BTreeMap;

use super::DataError;
use super::error::nearest;
use crate::classes::{by_bit, by_finding, is_denial};

/// What a data set's own label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A class of this name.
    Class(&'static str),
    /// The diagnosis is open: kept apart unless the user names a class for it.
    Suspect,
}

/// Labels that mean an open diagnosis in any table.
const SUSPECT_WORDS: [&str; 5] = ["suspect", "suspected", "suspicious", "glaucoma suspect", "glaucoma_suspect"];

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
            Settled::Class(name) => Ok(classes.iter().position(|class| *class == name)),
            Settled::Suspect | Settled::Excluded => Ok(None),
            Settled::Unknown => {
                if let Some(class) = by_finding(label, classes) {
                    return Ok(Some(class));
                }
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

/// What becomes of a case with a label.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Class(String),
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
            None if SUSPECT_WORDS.contains(&key(label).as_str()) => Settled::Suspect,
            None if self.meanings.is_empty() => self.class(label),
            None => Settled::Unknown,
        }
    }

    fn target(&self, target: &Target) -> Settled {
        match target {
            Target::Exclude => Settled::Excluded,
            Target::Class(class) => self.class(class),
        }
    }

    fn class(&self, name: &str) -> Settled {
        if self.classes.is_empty() {
            Settled::Class(name.to_owned())
        } else {
            self.known(name).map_or(Settled::Unknown, Settled::Class)
        }
    }

    /// The model's class of this name, as the model writes it.
    fn known(&self, name: &str) -> Option<String> {
        self.classes.iter().find(|c| c.eq_ignore_ascii_case(name)).cloned()
    }

    /// What to do about labels that are unknown, as options of the command.
    pub(super) fn advice(&self, unknown: &[(String, usize)]) -> String {
        const SHOWN: usize = 3;
        let meant: Vec<&str> =
            self.meanings.iter().filter_map(|(_, m)| if let Meaning::Class(c) = m { Some(*c) } else { None }).collect();
        let classes: Vec<&str> =
            if self.classes.is_empty() { meant } else { self.classes.iter().map(String::as_str).collect() };
        // 1 is the finding where one class is the healthy one; else a number may well be a position
        // among the classes. The user is to confirm either.
        let order = by_bit(self.classes);
        let place = |i: usize| order.map_or(Some(i), |order| order.get(i).copied());
        let numbered = |label: &str| classes.get(place(key(label).parse().ok()?)?).copied();
        let only = |fits: &dyn Fn(&str) -> bool| {
            let mut fitting = classes.iter().filter(|class| fits(&key(class)));
            fitting.next().filter(|_| fitting.next().is_none()).copied()
        };
        // Part of a name, or its beginning: `N` and `G`.
        let part = |label: &str| {
            let label = key(label);
            let holds = only(&|class| label.contains(class)).filter(|_| !is_denial(&label));
            holds.or_else(|| only(&|class| class.starts_with(&label)))
        };
        let counted = self.counted(unknown);
        let likely = |label: &str| {
            let found = by_finding(label, self.classes).map(|class| self.classes[class].as_str());
            let denied = by_bit(self.classes).filter(|_| is_denial(label)).map(|[healthy, _]| classes[healthy]);
            let found = found.or(denied).or_else(|| counted.get(label).copied());
            let near = found.or_else(|| part(label)).or_else(|| nearest(label, classes.iter().copied()));
            // A word that is none of the names is more likely a disease than health.
            let finding = by_bit(self.classes).map(|[_, finding]| classes[finding]);
            let finding = finding.filter(|_| key(label).parse::<f64>().is_err());
            near.or_else(|| numbered(label)).or(finding).or(classes.first().copied())
        };
        let pair = |(label, _): &(String, usize)| format!("{label}={}", likely(label).unwrap_or("normal"));
        let pairs = unknown.iter().take(SHOWN).map(pair).collect::<Vec<_>>().join(",");
        let known =
            if classes.is_empty() { String::new() } else { format!("The classes are {}. ", classes.join(", ")) };
        let first = unknown.first().map_or("", |(label, _)| label);
        let positions = self
            .positions(unknown)
            .map_or(String::new(), |pairs| format!(" (or `--labels {pairs}`, if numbers are positions in this order)"));
        format!(
            "{known}Say what each label means, as in `--labels {pairs}`{positions}, or leave its cases out with \
             `--labels {first}=exclude`"
        )
    }

    /// The classes of labels that are numbers and as many as there are classes, such as 1 and 2: the
    /// smaller is the healthy class where there is one, else they count the classes.
    fn counted<'l>(&self, unknown: &'l [(String, usize)]) -> BTreeMap<&'l str, &str> {
        let mut numbers: Vec<(i64, &str)> = Vec::new();
        for (label, _) in unknown {
            let Ok(number) = key(label).parse() else { return BTreeMap::new() };
            numbers.push((number, label));
        }
        if numbers.len() != self.classes.len() {
            return BTreeMap::new();
        }
        numbers.sort_unstable();
        let order = by_bit(self.classes).map_or_else(|| (0..numbers.len()).collect(), |order| order.to_vec());
        numbers.iter().zip(order).map(|((_, label), class)| (*label, self.classes[class].as_str())).collect()
    }

    /// What 0 and 1 mean as positions among the classes, where that is not what they usually mean.
    fn positions(&self, unknown: &[(String, usize)]) -> Option<String> {
        let turned = by_bit(self.classes).is_some_and(|[zero, _]| zero == 1);
        let bit = |(label, _): &(String, usize)| matches!(key(label).as_str(), "0" | "1");
        (turned && unknown.len() == 2 && unknown.iter().all(bit)).then(|| {
            let pair =
                |(label, _): &(String, usize)| format!("{label}={}", self.classes[usize::from(key(label) == "1")]);
            unknown.iter().map(pair).collect::<Vec<_>>().join(",")
        })
    }
}

/// Labels are compared in lower case; spreadsheets make `1.0` of `1`.
fn key(label: &str) -> String {
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
        assert_eq!(settle("", &["healthy", "glaucoma"], MEANINGS, "0"), Settled::Unknown);
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
    fn advice_can_be_typed_in() {
        let classes = ["normal".to_owned(), "glaucoma".to_owned()];
        let settling = Settling { map: &LabelMap::default(), classes: &classes, meanings: &[] };
        let advice =
            |labels: &[&str]| settling.advice(&labels.iter().map(|&label| (label.to_owned(), 1)).collect::<Vec<_>>());
        assert!(advice(&["0", "1"]).contains("`--labels 0=normal,1=glaucoma`, or leave"));
        assert!(advice(&["Glaucom", "7"]).contains("`--labels Glaucom=glaucoma,7=normal`"));
        assert!(advice(&["G", "N"]).contains("`--labels G=glaucoma,N=normal`"));
        assert!(advice(&["POAG"]).contains("`--labels POAG=glaucoma`"));
        assert!(advice(&["1", "2"]).contains("`--labels 1=normal,2=glaucoma`"));
        assert!(advice(&["non-referable glaucoma eye"]).contains("eye=normal`"));
        assert!(advice(&["7"]).ends_with("leave its cases out with `--labels 7=exclude`"));
        let turned = ["glaucoma".to_owned(), "normal".to_owned()];
        let settling = Settling { map: &LabelMap::default(), classes: &turned, meanings: &[] };
        let asked = settling.advice(&[("0".to_owned(), 4), ("1".to_owned(), 4)]);
        assert!(asked.contains("`--labels 0=normal,1=glaucoma` (or `--labels 0=glaucoma,1=normal`, if"), "{asked}");
    }

    #[test]
    fn a_map_that_makes_no_sense_is_refused() {
        for text in ["glaucoma", "=x", "1=", "1=a,1=b"] {
            assert!(LabelMap::parse(text).is_err(), "{text}");
        }
        assert_eq!(LabelMap::parse("1=a, 1.0=a,").unwrap().pairs().count(), 1);
    }
}
