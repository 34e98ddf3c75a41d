//! What is kept of one image.

use heatlens::{Outcome, Prediction};
use heatlens_record::PredictionRow;
use serde::Serialize;
use serde_json::{Value, json};

use super::Finding;

/// One image of a run.
#[derive(Clone, Debug)]
pub struct Row {
    /// The image as the user named it.
    pub image: String,
    /// The name of its true class, where known; labels or values in words.
    pub label: Option<String>,
    /// What the model says of it, or why it could not be explained.
    pub answer: Result<Answer, String>,
}

/// What the model says of one image.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Logits, probabilities, class.
    pub prediction: Prediction,
    /// What that says, and how it compares with what is true.
    pub finding: Finding,
    /// SHA-256 of the photograph's file, or of a tensor's values.
    pub sha256: [u8; 32],
    /// How many bits the samples of a 16-bit file use.
    pub bits: Option<u8>,
    /// What makes a map of this image doubtful.
    pub warnings: Vec<String>,
    /// Files written, relative to the output folder, each with its CRC-32.
    pub files: Vec<(String, u32)>,
}

impl Row {
    /// The row as `predictions.csv` has it.
    pub(super) fn prediction<'a>(&'a self, outcome: Option<&'a str>, outcomes: &'a [String]) -> PredictionRow<'a> {
        let row = PredictionRow { image: &self.image, label: self.label.as_deref(), ..PredictionRow::default() };
        match &self.answer {
            Ok(answer) => PredictionRow {
                predicted: Some(&answer.finding.predicted),
                confidence: answer.finding.confidence,
                outcome,
                outcomes,
                errors: &answer.finding.errors,
                logits: &answer.prediction.logits,
                probabilities: &answer.prediction.probabilities,
                ..row
            },
            Err(error) => PredictionRow { error: Some(error), ..row },
        }
    }

    /// The row as one JSON object.
    pub fn json(&self, classes: &[String]) -> Value {
        let mut object = json!({ "image": self.image, "label": self.label });
        match &self.answer {
            Ok(answer) => {
                let Answer { prediction, finding, .. } = answer;
                object["predicted"] = json!(finding.predicted);
                object["confidence"] = json!(finding.confidence);
                object["outcome"] = json!(finding.outcome.to_string());
                if prediction.confidence().is_some() {
                    object["logits"] = by_class(classes, &prediction.logits);
                    object["probabilities"] = by_class(classes, &prediction.probabilities);
                } else {
                    object["values"] = by_class(classes, &prediction.logits);
                    object["errors"] = by_class(classes, &finding.errors);
                }
                if !finding.of_labels.is_empty() {
                    let outcomes: Vec<String> = finding.of_labels.iter().map(Outcome::to_string).collect();
                    object["outcomes"] = by_class(classes, &outcomes);
                }
                object["warnings"] = json!(answer.warnings);
                object["files"] = answer.files.iter().map(|(name, _)| json!(name)).collect();
            }
            Err(error) => object["error"] = json!(error),
        }
        object
    }
}

fn by_class<T: Serialize>(classes: &[String], values: &[T]) -> Value {
    let each = classes.iter().cloned().zip(values.iter().map(|value| json!(value)));
    each.collect::<serde_json::Map<_, _>>().into()
}
