//! How tables write labels of which several may be present.

use super::labelled::truth;
use super::labels::{LabelMap, Target, is_suspect};
use crate::classes::{denies, is_healthy};

/// The labels of a network and what the user says that others mean.
pub(crate) struct Present<'a> {
    pub labels: &'a [String],
    pub map: &'a LabelMap,
}

impl Present<'_> {
    /// Whether a label is present, by the cell of a column of its own; `None` where that is left
    /// open.
    ///
    /// # Errors
    /// A cell that says neither, or that the user leaves out.
    pub fn answer(&self, label: usize, cell: &str) -> Result<Option<bool>, String> {
        let meant = self.meant(cell)?;
        // CheXpert writes −1 where a report leaves a finding open.
        if matches!(meant, "-1" | "-1.0") || is_suspect(meant) {
            return Ok(None);
        }
        truth(meant).map_or_else(|| self.among(cell).map(|present| present[label]), Ok).map(Some)
    }

    /// Which labels are in a list such as `Edema|Effusion`; the others are absent.
    ///
    /// # Errors
    /// The first word that is no label, or that the user leaves out.
    pub fn among(&self, list: &str) -> Result<Vec<bool>, String> {
        let mut present = vec![false; self.labels.len()];
        for word in list.split(['|', ';', ',']).map(str::trim).filter(|word| !word.is_empty()) {
            let meant = self.meant(word)?;
            match self.labels.iter().position(|label| label.eq_ignore_ascii_case(meant)) {
                Some(label) => present[label] = true,
                None if self.says_none(meant) => {}
                None => return Err(word.to_owned()),
            }
        }
        Ok(present)
    }

    fn meant<'b>(&'b self, word: &'b str) -> Result<&'b str, String> {
        match self.map.get(word) {
            None => Ok(word),
            Some(Target::Class(meant)) => Ok(meant),
            Some(Target::Exclude) => Err(word.to_owned()),
        }
    }

    fn says_none(&self, word: &str) -> bool {
        let nothing = ["none", "no finding", "no findings"].iter().any(|none| none.eq_ignore_ascii_case(word));
        nothing || is_healthy(word) || self.labels.iter().any(|label| denies(word, label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_labels_or_asked_about() {
        let labels = ["Edema", "Effusion"].map(str::to_owned);
        let read = |map: &str, list: &str| {
            Present { labels: &labels, map: &LabelMap::parse(map).unwrap() }.among(list).map(|present| present.to_vec())
        };
        assert_eq!(read("", "effusion, Edema"), Ok(vec![true, true]));
        for none in ["No Finding", "none", "normal", "no edema"] {
            assert_eq!(read("", none), Ok(vec![false, false]), "{none}");
        }
        assert_eq!(read("", "Edema|Oedema"), Err("Oedema".into()));
        assert_eq!(read("Oedema=Effusion", "Edema|Oedema"), Ok(vec![true, true]));
        assert_eq!(read("Oedema=none", "Edema|Oedema"), Ok(vec![true, false]));
        assert_eq!(read("Oedema=exclude", "Edema|Oedema"), Err("Oedema".into()));
    }

    #[test]
    fn a_column_of_its_own_answers_yes_or_no() {
        let labels = ["Edema", "Effusion"].map(str::to_owned);
        let answer =
            |map: &str, cell: &str| Present { labels: &labels, map: &LabelMap::parse(map).unwrap() }.answer(0, cell);
        let (yes, no) = (Ok(Some(true)), Ok(Some(false)));
        assert_eq!(["1", "yes", "1.0", "edema"].map(|cell| answer("", cell)), [const { Ok(Some(true)) }; 4]);
        assert_eq!(["0", "no", "No Edema", "normal"].map(|cell| answer("", cell)), [const { Ok(Some(false)) }; 4]);
        assert_eq!(["-1.0", "Suspect"].map(|cell| answer("", cell)), [const { Ok(None) }; 2]);
        assert_eq!(answer("", "maybe"), Err("maybe".into()));
        assert_eq!((answer("maybe=yes", "maybe"), answer("maybe=none", "maybe")), (yes, no));
        assert_eq!(answer("-1=Edema", "-1"), Ok(Some(true)));
    }
}
