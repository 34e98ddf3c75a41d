//! What is kept of one image.

use std::io::Write;

use anyhow::{Context, Result};
use heatlens::{Outcome, Prediction};
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

/// `predictions.csv`, written row by row so that a crash loses nothing.
pub struct Table<W: Write> {
    writer: csv::Writer<W>,
    classes: usize,
    finish: Box<dyn FnOnce() -> Result<()>>,
}

impl<W: Write> Table<W> {
    /// Writes the header; `finish` is called when all rows are written.
    pub fn new(writer: W, classes: &[String], finish: Box<dyn FnOnce() -> Result<()>>) -> Result<Self> {
        let mut writer = csv::Writer::from_writer(writer);
        let mut header: Vec<String> =
            ["image", "label", "predicted", "confidence", "outcome"].map(String::from).to_vec();
        header.extend(classes.iter().map(|c| format!("logit:{c}")));
        header.extend(classes.iter().map(|c| format!("probability:{c}")));
        header.push("error".into());
        writer.write_record(&header).context("cannot write predictions.csv")?;
        Ok(Table { writer, classes: classes.len(), finish })
    }

    /// Appends a row.
    pub fn write(&mut self, row: &Row) -> Result<()> {
        let mut record = vec![row.image.clone(), row.label.clone().unwrap_or_default()];
        match &row.answer {
            Ok(answer) => {
                let prediction = &answer.prediction;
                record.extend([
                    answer.predicted.clone(),
                    prediction.confidence().to_string(),
                    answer.outcome.to_string(),
                ]);
                record.extend(prediction.logits.iter().chain(&prediction.probabilities).map(f32::to_string));
                record.push(String::new());
            }
            Err(error) => {
                record.extend(std::iter::repeat_n(String::new(), 3 + 2 * self.classes));
                record.push(error.clone());
            }
        }
        self.writer
            .write_record(&record)
            .and_then(|()| Ok(self.writer.flush()?))
            .context("cannot write predictions.csv")
    }

    /// All rows are written.
    pub fn finish(mut self) -> Result<()> {
        self.writer.flush().context("cannot write predictions.csv")?;
        (self.finish)()
    }
}
