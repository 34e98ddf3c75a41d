use std::path::PathBuf;

use anyhow::{Result, bail};
use heatlens_audit::analysis::analyse;
use heatlens_audit::report::{CasePictures, draw_cases, html, undrawn};
use heatlens_audit::run::{RunDirectory, Totals, write_tables};
use heatlens_audit::statistics::Settings;
use serde_json::Value;

use crate::audit::{Masks, photographs};
use crate::failure::Status;
use crate::printer::Printer;

/// Make the report of an audit anew from what it measured, or put the shards of one audit together
#[derive(clap::Args)]
pub struct Args {
    /// The folder of the run; where there are several, the shards of one run, put together in the
    /// first
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
}

/// Gathers the shards and writes tables and report.
///
/// # Errors
/// If the folders hold no run, or different ones, or the disk refuses.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (first, others) = args.runs.split_first().expect("one at least");
    let (directory, description) = RunDirectory::existing(first)?;
    directory.gather(others)?;
    let cases = description["data"]["cases"].as_u64().unwrap_or(0) as usize;
    let missing = cases.div_ceil(heatlens_audit::run::PART).saturating_sub(directory.done()?.len());
    if missing > 0 {
        bail!(
            "{missing} parts of the run are missing: start `heatlens audit` again as before, or name the folders of \
             all shards"
        );
    }
    let totals = finish(&directory, printer)?;
    printer.data(&format!("report of {} cases → {}", totals.images, first.join("report.html").display()));
    Ok(Status::Done)
}

/// Writes the tables and the report of a run whose parts are all there, and tells what is missing
/// from them.
///
/// # Errors
/// If a part cannot be read or the disk refuses.
pub fn finish(directory: &RunDirectory, printer: &Printer) -> Result<Totals> {
    let (_, run) = RunDirectory::existing(directory.root())?;
    let texts = |value: &Value| {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let totals = write_tables(directory, &texts(&run["classes"]))?;
    let mut report = analyse(directory, &run, &Settings::default())?;
    let masks = Masks::of(directory)?;
    // The report counts those that are left aside by itself.
    report.notes.extend(masks.alike());
    directory.write("report.json", &serde_json::to_vec_pretty(&report)?)?;
    let photographs = photographs(&run);
    let side = |i: usize| run["model"]["input"][i].as_u64().unwrap_or(0) as usize;
    // (N, 3, H, W), or (N, H, W, 3) as TensorFlow has it.
    let input = if side(1) > 4 { [side(1), side(2)] } else { [side(2), side(3)] };
    let pictures = draw_cases(&report, directory, input, &|row| photographs.get(row.case).cloned())?;
    directory.write("report.html", html(&report, &pictures).as_bytes())?;
    if totals.failed > 0 {
        let errors = directory.root().join("errors.csv");
        printer.warn(&format!(
            "{} of {} images could not be explained; `{}` says why",
            totals.failed,
            totals.images,
            errors.display()
        ));
    }
    masks.unused().into_iter().chain(masks.alike()).for_each(|remark| printer.warn(&remark));
    tell_undrawn(&pictures, &photographs, directory, printer);
    Ok(totals)
}

fn tell_undrawn(pictures: &CasePictures, photographs: &[PathBuf], directory: &RunDirectory, printer: &Printer) {
    for (why, cases) in undrawn(pictures) {
        let path = photographs.get(cases[0]).cloned().unwrap_or_default();
        let run = directory.root().join("run.json");
        let moved = format!("; if the data were moved, write their folder to `data.root` in `{}`", run.display());
        let next = if path.exists() { "" } else { &moved };
        let (missing, all) = (cases.len(), pictures.len());
        printer.warn(&format!(
            "{missing} of {all} photographs are not drawn in the report, such as `{}`: {why}{next}",
            path.display()
        ));
    }
}
