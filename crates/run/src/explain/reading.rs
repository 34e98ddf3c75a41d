//! What a prediction says, and how it compares with what is true.

use heatlens::{Head, Outcome, Outcomes, Prediction};

use crate::{Error, Truth};

/// How the predictions of a run are read.
#[derive(Clone, Debug)]
pub struct Reading {
    head: Head,
    /// Of classes, labels or values.
    names: Vec<String>,
    outcomes: Outcomes,
    /// From which probability on each label is present.
    thresholds: Vec<f32>,
}

/// What is said of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The class, the labels that are present, or the values, in words.
    pub predicted: String,
    /// The probability of the predicted class, where of several one is predicted.
    pub confidence: Option<f32>,
    /// The same as `predicted` of what is true, where known.
    pub label: Option<String>,
    /// How the two compare.
    pub outcome: Outcome,
    /// The same of each label, where several may be present.
    pub of_labels: Vec<Outcome>,
    /// Value less true value, where outputs are values.
    pub errors: Vec<Option<f32>>,
}

/// Where nobody says another.
const THRESHOLD: f32 = 0.5;

/// What is said where no label is present.
const NOTHING: &str = "nothing";

impl Reading {
    /// For these classes, labels or values. `thresholds` are asked for by label, or for all.
    ///
    /// # Errors
    /// If a threshold is asked of a network that has no labels, or of a label that it does not have.
    pub fn new(
        head: Head,
        names: &[String],
        positive: Option<usize>,
        thresholds: &[(Option<String>, f32)],
    ) -> Result<Reading, Error> {
        if head != Head::Sigmoids && !thresholds.is_empty() {
            return Err(Error::request(
                "thresholds are for labels of which several may be present (`--head multilabel`): of classes the most \
                 probable is predicted, and values are shown as they are",
            ));
        }
        let mut each = vec![THRESHOLD; names.len()];
        for (label, threshold) in thresholds {
            match label {
                None => each.fill(*threshold),
                Some(label) => {
                    let place = names.iter().position(|name| name.eq_ignore_ascii_case(label)).ok_or_else(|| {
                        Error::Request(format!("there is no label `{label}`; the model has {}", names.join(", ")))
                    })?;
                    each[place] = *threshold;
                }
            }
        }
        Ok(Reading { head, names: names.to_vec(), outcomes: Outcomes::new(names, positive), thresholds: each })
    }

    /// Says from where on labels are called present, where nobody said it.
    pub fn assumed(&self, thresholds: &[(Option<String>, f32)]) -> Option<String> {
        (self.head == Head::Sigmoids && thresholds.is_empty()).then(|| {
            format!("a label is called present from a probability of {THRESHOLD} on (`--threshold LABEL=P` changes it)")
        })
    }

    /// From which probability on each label is present; empty where there are no labels.
    pub fn thresholds(&self) -> &[f32] {
        if self.head == Head::Sigmoids { &self.thresholds } else { &[] }
    }

    /// What is true, in words.
    pub fn written(&self, truth: &Truth) -> Option<String> {
        match truth {
            Truth::Class(class) => Some(self.names[*class].clone()),
            Truth::Labels(labels) => {
                Some(self.listed(&labels.iter().map(|label| *label == Some(true)).collect::<Vec<_>>()))
            }
            Truth::Values(values) => Some(listed_values(values.iter().copied())),
        }
    }

    /// What a prediction says.
    pub fn of(&self, truth: Option<&Truth>, prediction: &Prediction) -> Finding {
        match self.head {
            Head::Softmax | Head::Sigmoid => self.of_class(truth, prediction),
            Head::Sigmoids => self.of_labels(truth, prediction),
            Head::Values => self.of_values(truth, prediction),
        }
    }

    fn of_class(&self, truth: Option<&Truth>, prediction: &Prediction) -> Finding {
        let label = truth.and_then(|truth| if let Truth::Class(class) = truth { Some(*class) } else { None });
        Finding {
            predicted: self.names[prediction.class].clone(),
            confidence: prediction.confidence(),
            label: truth.and_then(|truth| self.written(truth)),
            outcome: self.outcomes.of(label, prediction.class),
            of_labels: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn of_labels(&self, truth: Option<&Truth>, prediction: &Prediction) -> Finding {
        let present: Vec<bool> =
            prediction.probabilities.iter().zip(&self.thresholds).map(|(p, threshold)| p >= threshold).collect();
        let (label, Some(Truth::Labels(labels))) = (truth.and_then(|truth| self.written(truth)), truth) else {
            let predicted = self.listed(&present);
            let outcome = Outcome::Predicted(predicted.clone());
            return Finding {
                predicted,
                confidence: None,
                label: None,
                outcome,
                of_labels: Vec::new(),
                errors: Vec::new(),
            };
        };
        let of_labels: Vec<Outcome> =
            labels.iter().zip(&present).map(|(label, present)| of_label(*label, *present)).collect();
        let wrong = of_labels.iter().any(|outcome| outcome.is_correct() == Some(false));
        Finding {
            predicted: self.listed(&present),
            confidence: None,
            label,
            outcome: if wrong { Outcome::SomeWrong } else { Outcome::AllRight },
            of_labels,
            errors: Vec::new(),
        }
    }

    fn of_values(&self, truth: Option<&Truth>, prediction: &Prediction) -> Finding {
        let known: Vec<Option<f32>> = match truth {
            Some(Truth::Values(values)) => values.clone(),
            _ => vec![None; self.names.len()],
        };
        let errors: Vec<Option<f32>> =
            prediction.logits.iter().zip(&known).map(|(value, known)| known.map(|known| value - known)).collect();
        let outcome = match errors.first().copied().flatten().filter(|_| errors.len() == 1) {
            Some(error) if error > 0.0 => Outcome::TooHigh,
            Some(error) if error < 0.0 => Outcome::TooLow,
            _ => Outcome::Value,
        };
        Finding {
            predicted: listed_values(prediction.logits.iter().copied().map(Some)),
            confidence: None,
            label: truth.and_then(|truth| self.written(truth)),
            outcome,
            of_labels: Vec::new(),
            errors,
        }
    }

    fn listed(&self, present: &[bool]) -> String {
        let names: Vec<&str> =
            self.names.iter().zip(present).filter(|(_, present)| **present).map(|(name, _)| name.as_str()).collect();
        if names.is_empty() { NOTHING.to_owned() } else { names.join("; ") }
    }
}

fn listed_values(values: impl Iterator<Item = Option<f32>>) -> String {
    values.map(|value| value.map_or("?".to_owned(), |value| format!("{value:.3}"))).collect::<Vec<_>>().join("; ")
}

fn of_label(label: Option<bool>, present: bool) -> Outcome {
    match (label, present) {
        (Some(true), true) => Outcome::TruePositive,
        (Some(false), false) => Outcome::TrueNegative,
        (Some(false), true) => Outcome::FalsePositive,
        (Some(true), false) => Outcome::FalseNegative,
        (None, present) => Outcome::Predicted(if present { "present" } else { "absent" }.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn each_label_has_a_threshold_and_an_outcome() {
        let labels = names(&["Edema", "Effusion", "Nodule"]);
        let asked = [(None, 0.6), (Some("effusion".to_owned()), 0.2)];
        let reading = Reading::new(Head::Sigmoids, &labels, None, &asked).unwrap();
        assert_eq!(reading.thresholds(), [0.6, 0.2, 0.6]);
        let prediction = Head::Sigmoids.predict(&[0.2, -1.0, 3.0]); // 0.55, 0.27, 0.95
        let unknown = reading.of(None, &prediction);
        assert_eq!((unknown.predicted.as_str(), unknown.label), ("Effusion; Nodule", None));
        let truth = Truth::Labels(vec![Some(true), Some(true), None]);
        let finding = reading.of(Some(&truth), &prediction);
        let written: Vec<String> = finding.of_labels.iter().map(Outcome::to_string).collect();
        assert_eq!(written, ["false_negative", "true_positive", "predicted/present"]);
        assert_eq!((finding.outcome, finding.label.as_deref()), (Outcome::SomeWrong, Some("Edema; Effusion")));
        let none = reading.of(Some(&Truth::Labels(vec![Some(false); 3])), &Head::Sigmoids.predict(&[-9.0; 3]));
        assert_eq!((none.outcome, none.predicted.as_str()), (Outcome::AllRight, "nothing"));
        let error = Reading::new(Head::Sigmoids, &labels, None, &[(Some("Oedema".into()), 0.1)]).unwrap_err();
        assert!(error.to_string().contains("Edema, Effusion, Nodule"), "{error}");
        assert!(Reading::new(Head::Softmax, &labels, None, &asked).unwrap_err().to_string().contains("multilabel"));
    }

    #[test]
    fn values_have_errors_and_no_accuracy() {
        let reading = Reading::new(Head::Values, &names(&["cdr"]), None, &[]).unwrap();
        let prediction = Head::Values.predict(&[0.62]);
        let finding = reading.of(Some(&Truth::Values(vec![Some(0.7)])), &prediction);
        assert_eq!((finding.predicted.as_str(), finding.label.as_deref()), ("0.620", Some("0.700")));
        assert!((finding.errors[0].unwrap() + 0.08).abs() < 1e-6);
        assert_eq!((finding.outcome.is_correct(), finding.outcome), (None, Outcome::TooLow));
        assert_eq!(reading.of(None, &prediction).outcome, Outcome::Value);
    }
}
