//! The tables that people open: `predictions.csv` and `errors.csv`.

use std::io::{self, Write};

use crate::{ImageRow, RunDirectory, RunError, text_cell};

/// What the outputs of a network stand for, which the columns of `predictions.csv` follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Columns {
    /// Classes of which one is present: `logit:<class>` and `probability:<class>`.
    #[default]
    Classes,
    /// Labels of which several may be present: `outcome:<label>` as well.
    Labels,
    /// Values: `value:<name>` and `error:<name>`.
    Values,
}

impl Columns {
    /// The headings of each block of columns.
    fn blocks(self) -> &'static [&'static str] {
        match self {
            Columns::Classes => &["logit", "probability"],
            Columns::Labels => &["logit", "probability", "outcome"],
            Columns::Values => &["value", "error"],
        }
    }
}

/// A line of `predictions.csv`; what is not known of an image is left empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct PredictionRow<'a> {
    /// The image, as the user or the data set named it.
    pub image: &'a str,
    /// True class, where known.
    pub label: Option<&'a str>,
    /// Predicted class.
    pub predicted: Option<&'a str>,
    /// Its probability.
    pub confidence: Option<f32>,
    /// How the two compare.
    pub outcome: Option<&'a str>,
    /// One a class.
    pub logits: &'a [f32],
    /// One a class.
    pub probabilities: &'a [f32],
    /// How each label compares, where several may be present.
    pub outcomes: &'a [String],
    /// Value less true value of each, where outputs are values and the true ones are known; the values
    /// are the logits.
    pub errors: &'a [Option<f32>],
    /// Why the image could not be explained.
    pub error: Option<&'a str>,
    /// What the files made from the image are named after, in tables that say it.
    pub name: Option<&'a str>,
}

impl<'a> From<&'a ImageRow> for PredictionRow<'a> {
    fn from(row: &'a ImageRow) -> PredictionRow<'a> {
        PredictionRow {
            image: &row.image,
            label: row.label.as_deref(),
            predicted: row.predicted.as_deref(),
            confidence: row.confidence.map(|confidence| confidence as f32),
            outcome: row.outcome.as_deref(),
            logits: &row.logits,
            probabilities: &row.probabilities,
            error: row.error.as_deref(),
            ..PredictionRow::default()
        }
    }
}

/// `predictions.csv`, written row by row so that a crash loses nothing.
pub struct PredictionTable<W: Write> {
    writer: csv::Writer<W>,
    classes: usize,
    columns: Columns,
    is_named: bool,
}

impl<W: Write> PredictionTable<W> {
    /// Writes the header for these classes, labels or values.
    ///
    /// # Errors
    /// If the writer refuses.
    pub fn new(writer: W, classes: &[String], columns: Columns) -> io::Result<Self> {
        PredictionTable::begun(writer, classes, columns, false)
    }

    /// The same with a last column `name`, for runs that make files of each image.
    ///
    /// # Errors
    /// If the writer refuses.
    pub fn named(writer: W, classes: &[String], columns: Columns) -> io::Result<Self> {
        PredictionTable::begun(writer, classes, columns, true)
    }

    fn begun(writer: W, classes: &[String], columns: Columns, is_named: bool) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(writer);
        let mut header: Vec<String> = ["image", "label", "predicted", "confidence", "outcome"].map(String::from).into();
        for block in columns.blocks() {
            header.extend(classes.iter().map(|class| format!("{block}:{class}")));
        }
        header.push("error".into());
        header.extend(is_named.then(|| "name".into()));
        writer.write_record(&header)?;
        Ok(PredictionTable { writer, classes: classes.len(), columns, is_named })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// If the writer refuses.
    pub fn write(&mut self, row: &PredictionRow<'_>) -> io::Result<()> {
        let text = |text: Option<&str>| text_cell(text.unwrap_or_default()).into_owned();
        let mut record = vec![text(Some(row.image)), text(row.label), text(row.predicted)];
        record.push(row.confidence.map_or_else(String::new, |confidence| confidence.to_string()));
        record.push(text(row.outcome));
        let of_class = |values: &[f32], class: usize| values.get(class).map_or_else(String::new, f32::to_string);
        for block in self.columns.blocks() {
            record.extend((0..self.classes).map(|class| match *block {
                "probability" => of_class(row.probabilities, class),
                "outcome" => text(row.outcomes.get(class).map(String::as_str)),
                "error" => row.errors.get(class).copied().flatten().map_or_else(String::new, |error| error.to_string()),
                _ => of_class(row.logits, class),
            }));
        }
        record.push(text(row.error));
        record.extend(self.is_named.then(|| text(row.name)));
        self.writer.write_record(&record)?;
        self.writer.flush()
    }

    /// All rows are written.
    ///
    /// # Errors
    /// If the writer refuses.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
    }
}

/// How many images a run holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// In all.
    pub images: usize,
    /// Those that could not be explained.
    pub failed: usize,
}

/// Makes `predictions.csv`, a row an image, and `errors.csv`, a row an image that could not be
/// explained, from the rows of a run in their order.
pub struct TableWriter {
    predictions: PredictionTable<Vec<u8>>,
    errors: csv::Writer<Vec<u8>>,
    totals: Totals,
}

const IN_MEMORY: &str = "memory takes what is written";

impl TableWriter {
    /// For a run with these classes.
    pub fn new(classes: &[String]) -> TableWriter {
        let mut errors = csv::Writer::from_writer(Vec::new());
        errors.write_record(["image", "error"]).expect(IN_MEMORY);
        let predictions = PredictionTable::new(Vec::new(), classes, Columns::Classes).expect(IN_MEMORY);
        TableWriter { predictions, errors, totals: Totals::default() }
    }

    /// Takes in the next image.
    pub fn add(&mut self, row: &ImageRow) {
        self.totals.images += 1;
        if let Some(error) = &row.error {
            self.totals.failed += 1;
            self.errors.write_record([&*text_cell(&row.image), &*text_cell(error)]).expect(IN_MEMORY);
        }
        self.predictions.write(&row.into()).expect(IN_MEMORY);
    }

    /// Writes both tables.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write(self, directory: &RunDirectory) -> Result<Totals, RunError> {
        directory.write("predictions.csv", &self.predictions.finish().expect(IN_MEMORY))?;
        directory.write("errors.csv", &self.errors.into_inner().expect(IN_MEMORY))?;
        Ok(self.totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_empty() {
        let classes = ["normal".to_owned(), "glaucoma".to_owned()];
        let mut table = PredictionTable::new(Vec::new(), &classes, Columns::Classes).unwrap();
        let [logits, probabilities] = [[1.5, -0.5], [0.88, 0.12]];
        let row = PredictionRow {
            image: "a, b.jpg",
            predicted: Some("normal"),
            confidence: Some(0.88),
            outcome: Some("predicted/normal"),
            logits: &logits,
            probabilities: &probabilities,
            ..PredictionRow::default()
        };
        table.write(&row).unwrap();
        table.write(&PredictionRow { image: "c.jpg", error: Some("empty"), ..PredictionRow::default() }).unwrap();
        let text = String::from_utf8(table.finish().unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split(',').count(), 10);
        assert_eq!(lines[1], "\"a, b.jpg\",,normal,0.88,predicted/normal,1.5,-0.5,0.88,0.12,");
        assert_eq!(lines[2], "c.jpg,,,,,,,,,empty");
    }

    #[test]
    fn labels_have_outcomes_and_values_have_errors() {
        let written = |columns, row: &PredictionRow<'_>| {
            let mut table = PredictionTable::new(Vec::new(), &["a".to_owned(), "b".to_owned()], columns).unwrap();
            table.write(row).unwrap();
            String::from_utf8(table.finish().unwrap()).unwrap()
        };
        let outcomes = ["true_positive".to_owned(), "false_positive".to_owned()];
        let row = PredictionRow { image: "x", logits: &[0.5, 2.0], outcomes: &outcomes, ..PredictionRow::default() };
        let labels = written(Columns::Labels, &row);
        assert!(labels.contains(",outcome:a,outcome:b,error\n") && labels.contains("true_positive,false_positive"));
        let values = written(Columns::Values, &PredictionRow { errors: &[Some(-0.25), None], ..row });
        assert!(values.contains("outcome,value:a,value:b,error:a,error:b,error\n"), "{values}");
        assert!(values.ends_with("x,,,,,0.5,2,-0.25,,\n"), "{values}");
    }
}
