//! Everything that is made of a run whose parts are there.

use heatlens_record::{RunDirectory, RunError, RunRecord, TableWriter, Totals};
use heatlens_statistics::Settings;

use crate::analysis::{self, Evidence, Masks};
use crate::page::{CasePictures, draw_cases, handout_html, handout_markdown, html};
use crate::schema::Report;

/// What was made, for whoever tells of it.
pub struct Made {
    /// The run.
    pub run: RunRecord,
    /// Its images.
    pub totals: Totals,
    /// What became of the data set's own masks.
    pub masks: Masks,
    /// What report.json says.
    pub report: Report,
    /// The pictures in report.html.
    pub pictures: CasePictures,
}

/// Writes `predictions.csv`, `errors.csv`, `report.json` and `report.html` of an audit.
///
/// # Errors
/// [`RunError::NoRun`], [`RunError::OtherTask`] where no audit lies there; [`RunError::Disk`],
/// [`RunError::Damaged`].
pub fn make(directory: &RunDirectory, settings: &Settings) -> Result<Made, RunError> {
    let run = directory.audit_record()?;
    let (mut tables, mut masks) = (TableWriter::new(&run.classes), Masks::default());
    let evidence = Evidence::gather(directory, &run, settings, &mut |row| {
        tables.add(row);
        masks.add(row);
    })?;
    let totals = tables.write(directory)?;
    let mut report = analysis::report(&evidence);
    // The report counts those that are left aside by itself.
    report.notes.extend(masks.alike());
    directory.write("report.json", &serde_json::to_vec_pretty(&report).expect("a report is plain data"))?;
    let pictures = draw_cases(&report, &evidence, directory)?;
    directory.write("report.html", html(&report, &pictures).as_bytes())?;
    Ok(Made { run, totals, masks, report, pictures })
}

/// Writes the two pages to hand in: `summary.html`, and `summary.md` beside its pictures in `summary/`.
///
/// # Errors
/// [`RunError::Disk`].
pub fn hand_out(directory: &RunDirectory, made: &Made) -> Result<(), RunError> {
    let (text, files) = handout_markdown(&made.report, &made.pictures);
    files.iter().try_for_each(|(name, bytes)| directory.write(name, bytes))?;
    directory.write("summary.md", text.as_bytes())?;
    directory.write("summary.html", handout_html(&made.report, &made.pictures).as_bytes())
}
