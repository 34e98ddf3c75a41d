//! What is shown of one image.

use heatlens_imaging::percent;

use super::thumbnail_name;
use crate::explain::{Answer, Plan, Row, Save};

/// An image of a run with what was said of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// The image, as the user or the data set named it.
    pub image: String,
    /// What the files made from it are named after.
    pub name: String,
    /// The true class, where known; labels or values in words.
    pub label: Option<String>,
    /// The predicted one.
    pub predicted: String,
    /// Its probability, where it has one.
    pub confidence: Option<f32>,
    /// How the two compare, as tables have it.
    pub outcome: String,
    /// The folder of the outcome's files, below `panels` and `sheets`.
    pub folder: String,
    /// Whether the prediction is right, where that is known.
    pub is_correct: Option<bool>,
    /// Where its panel lies, if it has one.
    pub panel: Option<String>,
    /// Where its thumbnail lies.
    pub thumbnail: String,
    /// What makes it doubtful.
    pub notes: Vec<String>,
}

impl Case {
    pub(super) fn explained(plan: &Plan, position: usize, row: &Row, answer: &Answer) -> Case {
        let source = &plan.sources[position];
        let outcome = &answer.finding.outcome;
        let panel = plan.save.contains(&Save::Panel);
        Case {
            image: row.image.clone(),
            name: source.name.clone(),
            label: row.label.clone(),
            predicted: answer.finding.predicted.clone(),
            confidence: answer.finding.confidence,
            outcome: outcome.to_string(),
            folder: plan.naming.of_outcome(outcome),
            is_correct: outcome.is_correct(),
            panel: panel.then(|| plan.naming.of_panel(source, &answer.prediction, outcome)),
            thumbnail: thumbnail_name(&source.name),
            notes: answer.warnings.clone(),
        }
    }

    /// What the network says and how surely.
    pub(super) fn said(&self) -> String {
        self.confidence.map_or_else(|| self.predicted.clone(), |sure| format!("{} {}", self.predicted, percent(sure)))
    }

    /// What is true, where that is known and not what the network says.
    pub(super) fn truth(&self) -> String {
        match (&self.label, self.is_correct) {
            (Some(label), Some(false) | None) => format!("labelled {label}"),
            _ => String::new(),
        }
    }
}
