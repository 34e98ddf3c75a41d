//! The tables that people open: predictions.csv and errors.csv, made from the parts when all are
//! there.

use super::rows::ImageRow;
use super::{RunDirectory, RunError};

/// Writes `predictions.csv`, a row an image, and `errors.csv`, a row an image that could not be
/// explained.
///
/// # Errors
/// [`RunError`].
pub fn write_tables(directory: &RunDirectory, classes: &[String]) -> Result<Totals, RunError> {
    let mut predictions = csv::Writer::from_writer(Vec::new());
    let mut errors = csv::Writer::from_writer(Vec::new());
    let mut totals = Totals::default();
    // A table in memory takes what is written.
    let put =
        |writer: &mut csv::Writer<Vec<u8>>, record: Vec<String>| writer.write_record(record).expect("memory takes it");
    let mut header: Vec<String> = ["image", "label", "predicted", "confidence", "outcome"].map(String::from).to_vec();
    header.extend(classes.iter().map(|class| format!("logit:{class}")));
    header.extend(classes.iter().map(|class| format!("probability:{class}")));
    header.push("error".into());
    put(&mut predictions, header);
    put(&mut errors, vec!["image".into(), "error".into()]);
    for number in directory.done()? {
        for row in directory.read_images(number)? {
            totals.images += 1;
            if let Some(error) = &row.error {
                totals.failed += 1;
                put(&mut errors, vec![row.image.clone(), error.clone()]);
            }
            put(&mut predictions, record(row, classes.len()));
        }
    }
    directory.write("predictions.csv", &predictions.into_inner().expect("memory takes it"))?;
    directory.write("errors.csv", &errors.into_inner().expect("memory takes it"))?;
    Ok(totals)
}

/// How many images a run holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// In all.
    pub images: usize,
    /// Those that could not be explained.
    pub failed: usize,
}

fn record(row: ImageRow, classes: usize) -> Vec<String> {
    let mut record = vec![row.image, row.label.unwrap_or_default(), row.predicted.unwrap_or_default()];
    record.push(row.confidence.map_or_else(String::new, |confidence| (confidence as f32).to_string()));
    record.push(row.outcome.unwrap_or_default());
    let figures = |values: &[f32]| {
        (0..classes).map(|c| values.get(c).map_or_else(String::new, f32::to_string)).collect::<Vec<_>>()
    };
    record.extend(figures(&row.logits));
    record.extend(figures(&row.probabilities));
    record.push(row.error.unwrap_or_default());
    record
}
