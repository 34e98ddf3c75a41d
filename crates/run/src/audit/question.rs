//! What an audit asks of a network of several labels or of values: one question with two answers.

use heatlens::Head;

use super::AuditOptions;
use crate::data::Question;
use crate::{Error, Subject};

/// The subject as a classifier of two classes, and the question that makes it one; the subject as it
/// is where it is a classifier already.
///
/// # Errors
/// If nothing says which question, or the model has no such label or value.
pub fn one_question(mut subject: Subject, options: &AuditOptions) -> Result<(Subject, Option<Question>), Error> {
    let names = subject.model.classes().join(", ");
    let (model, question) = match (subject.model.head(), options.positive.as_deref()) {
        (Head::Softmax | Head::Sigmoid, _) => return Ok((subject, None)),
        (Head::Sigmoids, None) => {
            return Err(Error::Request(format!(
                "each output is a label of its own: say which one is audited, --positive LABEL with one of {names}"
            )));
        }
        (Head::Sigmoids, Some(label)) => {
            let label = subject.model.class(label)?;
            (subject.model.of_label(label)?, Question::Label { label, labels: subject.model.classes().to_vec() })
        }
        (Head::Values, asked) => {
            let (name, threshold) = asked.and_then(at_least).ok_or_else(|| {
                Error::Request(format!(
                    "outputs are values ({names}), and an audit compares two classes: say from which value on an image \
                     is positive, as in --positive '>=0.6', or '{}>=0.6'. `heatlens explain` shows values with their errors",
                    subject.model.classes()[0]
                ))
            })?;
            let value = if name.is_empty() { 0 } else { subject.model.class(name)? };
            if name.is_empty() && subject.model.classes().len() > 1 {
                return Err(Error::Request(format!("say which value --positive means: one of {names}, as in NAME>=T")));
            }
            let model = subject.model.at_least(value, threshold)?;
            let [below, above] = [0, 1].map(|class| model.classes()[class].clone());
            (model, Question::AtLeast { value: subject.model.classes()[value].clone(), threshold, below, above })
        }
    };
    (subject.model, subject.names_classes) = (model, true);
    Ok((subject, Some(question)))
}

/// `>=0.6` and `cdr>=0.6` as name and threshold.
fn at_least(text: &str) -> Option<(&str, f32)> {
    let (name, threshold) = text.split_once(">=").or_else(|| text.split_once('≥'))?;
    let threshold = threshold.trim().parse().ok().filter(|threshold: &f32| threshold.is_finite())?;
    Some((name.trim(), threshold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_with_and_without_a_name() {
        assert_eq!(at_least(">=0.6"), Some(("", 0.6)));
        assert_eq!(at_least("cdr >= 0.6"), Some(("cdr", 0.6)));
        assert_eq!(["cdr", ">=x", "0.6", ">=nan"].map(at_least), [None; 4]);
    }
}
