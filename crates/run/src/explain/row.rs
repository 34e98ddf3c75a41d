//! What is kept of one image.

use heatlens::{Outcome, Prediction};
use heatlens_record::PredictionRow;
use serde_json::{Value, json};

/// One image of a run.
#[derive(Clone, Debug)]
pub struct Row {
    /// The image as the user named it.
    pub image: String,
    /// The name of its true class, where known.
    pub label: Option<String>,
    /// What the model says of it, or why it could not be explained.
    pub answer: Result<Answer, String>,
}

/// What the model says of one image.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Logits, probabilities, class.
    pub prediction: Prediction,
    /// The name of the predicted class.
    pub predicted: String,
    /// How prediction and label compare.
    pub outcome: Outcome,
    /// What makes a map of this image doubtful.
    pub warnings: Vec<String>,
    /// Files written, relative to the output folder.
    pub files: Vec<String>,
}

impl Row {
    /// The row as `predictions.csv` has it.
    pub(super) fn prediction<'a>(&'a self, outcome: Option<&'a str>) -> PredictionRow<'a> {
        let row = PredictionRow { image: &self.image, label: self.label.as_deref(), ..PredictionRow::default() };
        match &self.answer {
            Ok(answer) => PredictionRow {
                predicted: Some(&answer.predicted),
                confidence: Some(answer.prediction.confidence()),
                outcome,
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
                let by_class = |values: &[f32]| {
                    classes.iter().cloned().zip(values.iter().map(|&v| json!(v))).collect::<serde_json::Map<_, _>>()
                };
                object["predicted"] = json!(answer.predicted);
                object["confidence"] = json!(answer.prediction.confidence());
                object["outcome"] = json!(answer.outcome.to_string());
                object["logits"] = by_class(&answer.prediction.logits).into();
                object["probabilities"] = by_class(&answer.prediction.probabilities).into();
                object["warnings"] = json!(answer.warnings);
                object["files"] = json!(answer.files);
            }
            Err(error) => object["error"] = json!(error),
        }
        object
    }
}
