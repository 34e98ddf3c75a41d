//! How a run goes, counted row by row.

use heatlens::Head;
use heatlens_record::{LabelRecord, SummaryRecord, ValueRecord};

use super::{Plan, Row};

/// Counts of rows.
pub struct Tally {
    summary: SummaryRecord,
}

impl Tally {
    /// Nothing yet.
    pub fn of(plan: &Plan) -> Tally {
        let names = plan.model.classes();
        let label = |(label, &threshold): (&String, &f32)| LabelRecord {
            label: label.clone(),
            threshold,
            ..LabelRecord::default()
        };
        let labels = names.iter().zip(plan.reading.thresholds()).map(label).collect();
        let value = |value: &String| ValueRecord { value: value.clone(), ..ValueRecord::default() };
        let values = if plan.model.head() == Head::Values { names.iter().map(value).collect() } else { Vec::new() };
        Tally { summary: SummaryRecord { labels, values, ..SummaryRecord::default() } }
    }

    /// Takes in a row.
    pub fn count(&mut self, row: &Row) {
        self.summary.images += 1;
        let Ok(answer) = &row.answer else {
            self.summary.failed += 1;
            return;
        };
        *self.summary.outcomes.entry(answer.finding.outcome.to_string()).or_default() += 1;
        if let Some(correct) = answer.finding.outcome.is_correct() {
            self.summary.labelled += 1;
            self.summary.correct += usize::from(correct);
        }
        for (label, outcome) in self.summary.labels.iter_mut().zip(&answer.finding.of_labels) {
            *label.outcomes.entry(outcome.to_string()).or_default() += 1;
        }
        // Sums, which become means in the end.
        for (value, error) in self.summary.values.iter_mut().zip(&answer.finding.errors) {
            let Some(error) = error.map(f64::from) else { continue };
            value.images += 1;
            value.mean_error += error;
            value.mean_absolute_error += error.abs();
            value.root_mean_square_error += error * error;
        }
    }

    /// How it went.
    pub fn summary(mut self) -> SummaryRecord {
        self.summary.values.retain(|value| value.images > 0);
        for value in &mut self.summary.values {
            let images = value.images as f64;
            value.mean_error /= images;
            value.mean_absolute_error /= images;
            value.root_mean_square_error = (value.root_mean_square_error / images).sqrt();
        }
        self.summary
    }
}
