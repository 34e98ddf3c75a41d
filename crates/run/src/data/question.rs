//! One question with two answers, for which a table of labels or of values is read.

use super::labels::{LabelMap, SUSPECTS};
use super::present::Present;

/// What is asked of each image.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Whether this label is present, of the network's labels.
    Label {
        /// Its place among them.
        label: usize,
        /// All of them.
        labels: Vec<String>,
    },
    /// Whether a value is at least so large.
    AtLeast {
        /// Its name.
        value: String,
        /// From where on the answer is yes.
        threshold: f32,
        /// The class of smaller values.
        below: String,
        /// The class of the others.
        above: String,
    },
}

impl Question {
    /// What the labels or the values are called.
    pub fn name(&self) -> &str {
        match self {
            Question::Label { label, labels } => &labels[*label],
            Question::AtLeast { value, .. } => value,
        }
    }

    /// The class of the answer yes.
    pub fn positive(&self) -> &str {
        match self {
            Question::Label { .. } => self.name(),
            Question::AtLeast { above, .. } => above,
        }
    }

    /// What is said of it.
    pub fn note(&self) -> String {
        match self {
            Question::Label { .. } => format!("the label `{}` alone is audited: present or not", self.name()),
            Question::AtLeast { above, .. } => format!(
                "the question `{above}` is audited; confidences are how far values lie beyond it, through a sigmoid, and no \
                 probabilities"
            ),
        }
    }

    /// The class that a cell stands for: one of a column of its own, or one that lists labels. What
    /// cannot be read is returned as it is, to be asked about.
    pub(super) fn class(&self, cell: &str, has_own_column: bool, map: &LabelMap) -> String {
        match self {
            Question::Label { label, labels } => {
                let present = Present { labels, map };
                let answer = if has_own_column || labels.len() == 1 {
                    present.answer(*label, cell)
                } else {
                    present.among(cell).map(|present| Some(present[*label]))
                };
                match answer {
                    Ok(Some(true)) => self.name().to_owned(),
                    Ok(Some(false)) => format!("no {}", self.name()),
                    Ok(None) => SUSPECTS[0].to_owned(),
                    Err(unknown) => unknown,
                }
            }
            Question::AtLeast { threshold, below, above, .. } => match cell.parse::<f32>() {
                Ok(value) if value >= *threshold => above.clone(),
                Ok(_) => below.clone(),
                Err(_) => cell.to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_answer_the_question() {
        let labels = vec!["Effusion".to_owned(), "Edema".to_owned()];
        let edema = Question::Label { label: 1, labels };
        let own = |cell| edema.class(cell, true, &LabelMap::default());
        assert_eq!(["1", "no", "-1.0", "maybe"].map(own), ["Edema", "no Edema", "suspect", "maybe"]);
        let listed = |cell| edema.class(cell, false, &LabelMap::parse("Oedema=Edema,Gas=exclude").unwrap());
        let cells = ["Effusion|edema", "No Finding", "Effusion", "Oedema", "Edema|Gas", "Edema|Emphysema", "1"];
        let answers = ["Edema", "no Edema", "no Edema", "Edema", "Gas", "Emphysema", "1"];
        assert_eq!(cells.map(listed), answers);
        let cdr = Question::AtLeast { value: "cdr".into(), threshold: 0.6, below: "low".into(), above: "high".into() };
        let value = |cell| cdr.class(cell, true, &LabelMap::default());
        assert_eq!(["0.6", "0.59", "large"].map(value), ["high", "low", "large"]);
        assert_eq!((edema.positive(), cdr.name(), cdr.positive()), ("Edema", "cdr", "high"));
    }
}
