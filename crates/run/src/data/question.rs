//! One question with two answers, for which a table of labels or of values is read.

use super::layouts::truth;

/// What is asked of each image.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Whether this label is present.
    Label(String),
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
            Question::Label(name) | Question::AtLeast { value: name, .. } => name,
        }
    }

    /// The class of the answer yes.
    pub fn positive(&self) -> &str {
        match self {
            Question::Label(name) => name,
            Question::AtLeast { above, .. } => above,
        }
    }

    /// What is said of it.
    pub fn note(&self) -> String {
        match self {
            Question::Label(name) => format!("the label `{name}` alone is audited: present or not"),
            Question::AtLeast { above, .. } => format!(
                "the question `{above}` is audited; confidences are how far values lie beyond it, through a sigmoid, and no \
                 probabilities"
            ),
        }
    }

    /// The class that a cell stands for: one that says yes or no, lists labels, or holds the value.
    /// What says neither is returned as it is, to be asked about.
    pub(super) fn class(&self, cell: &str) -> String {
        match self {
            // CheXpert's word for a finding that a report leaves open.
            Question::Label(_) if matches!(cell, "-1" | "-1.0") => "suspect".to_owned(),
            Question::Label(name) => {
                let listed = |written: &str| written.trim().eq_ignore_ascii_case(name);
                let present = truth(cell).unwrap_or_else(|| cell.split(['|', ';', ',']).any(listed));
                if present { name.clone() } else { format!("no {name}") }
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
        let edema = Question::Label("Edema".into());
        let answers = ["1", "no", "Effusion|edema", "No Finding"].map(|cell| edema.class(cell));
        assert_eq!(edema.class("-1.0"), "suspect");
        assert_eq!(answers, ["Edema", "no Edema", "Edema", "no Edema"]);
        let cdr = Question::AtLeast { value: "cdr".into(), threshold: 0.6, below: "low".into(), above: "high".into() };
        assert_eq!(["0.6", "0.59", "large"].map(|cell| cdr.class(cell)), ["high", "low", "large"]);
        assert_eq!((cdr.name(), cdr.positive()), ("cdr", "high"));
    }
}
