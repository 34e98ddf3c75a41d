use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use heatlens_record::{PART, RunDirectory, RunError, Totals, are, count};
use heatlens_report::page::undrawn;
use heatlens_report::{Made, hand_out, make};
use heatlens_statistics::Settings;

use crate::failure::Status;
use crate::printer::Printer;

/// Make the report of an audit anew from what it measured, or put the shards of one audit together
#[derive(clap::Args)]
pub struct Args {
    /// The folder of the run; where there are several, the shards of one run, put together in the
    /// first
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
    /// Write two pages to hand in, too: summary.html, and summary.md beside its pictures
    #[arg(long)]
    pub summary: bool,
}

/// Gathers the shards and writes tables and report.
///
/// # Errors
/// If the folders hold no run, or different ones, or the disk refuses.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (first, others) = args.runs.split_first().expect("one at least");
    // What holds no audit is left as it is.
    args.runs.iter().try_for_each(|root| audited(root))?;
    let directory = RunDirectory::at(first).alone()?;
    let others: Vec<RunDirectory> = others.iter().map(|root| RunDirectory::at(root)).collect();
    directory.gather(&others)?;
    let missing = directory.audit_record()?.data.cases.div_ceil(PART).saturating_sub(directory.done()?.len());
    if missing > 0 {
        bail!(
            "{} of the run {} missing: start `heatlens audit` again as before, or name the folders of all shards",
            count(missing, "part"),
            are(missing)
        );
    }
    let made = finished(&directory, printer)?;
    let totals = made.totals;
    if args.summary {
        hand_out(&directory, &made)?;
        printer.data(&format!("two pages to hand in → {} and summary.md", first.join("summary.html").display()));
    }
    printer.data(&format!("report of {} → {}", count(totals.images, "case"), first.join("report.html").display()));
    Ok(Status::Done)
}

/// Refuses what is not the folder of an audit, and says what it is.
fn audited(root: &Path) -> Result<()> {
    let shown = root.display();
    let next =
        "`heatlens audit MODEL --data DATA --out RUN` measures a labelled set in the folder RUN and makes its report";
    if !root.exists() {
        bail!("there is no folder `{shown}`: {next}");
    }
    if !root.is_dir() {
        bail!("`{shown}` is a file, and `heatlens report` takes the folder of an audit: {next}");
    }
    match RunDirectory::at(root).audit_record() {
        Err(RunError::NoRun { .. }) if root.join("predictions.csv").exists() => bail!(
            "`{shown}` holds predictions (`predictions.csv`), but no `run.json` and nothing that an audit measured: {next}"
        ),
        Err(RunError::NoRun { .. }) => bail!("no audit lies in `{shown}`: it has no `run.json`; {next}"),
        Err(RunError::OtherTask { found, .. }) => bail!(
            "`{shown}` is the folder of a `heatlens {found}`, which measured nothing that a report could tell: {next}"
        ),
        read => Ok(read.map(drop)?),
    }
}

/// Writes the tables and the report of a run whose parts are all there, and tells what is missing
/// from them.
///
/// # Errors
/// If a part cannot be read or the disk refuses.
pub fn finish(directory: &RunDirectory, printer: &Printer) -> Result<Totals> {
    finished(directory, printer).map(|made| made.totals)
}

fn finished(directory: &RunDirectory, printer: &Printer) -> Result<Made> {
    let made = make(directory, &Settings::default())?;
    let totals = made.totals;
    if totals.failed > 0 {
        let (errors, Totals { images, failed }) = (directory.location("errors.csv"), totals);
        printer.warn(&format!(
            "{failed} of {} could not be explained; `{}` says why",
            count(images, "image"),
            errors.display()
        ));
    }
    let performance = made.report.performance.as_ref();
    performance.and_then(|performance| performance.turned.as_ref()).iter().for_each(|turned| printer.warn(turned));
    made.masks.unused().into_iter().chain(made.masks.alike()).for_each(|remark| printer.warn(&remark));
    tell_undrawn(&made, &directory.location("run.json"), printer);
    Ok(made)
}

fn tell_undrawn(made: &Made, run: &Path, printer: &Printer) {
    for (why, cases) in undrawn(&made.pictures) {
        let path = made.run.photograph(cases[0]).unwrap_or_default();
        let moved = format!("; if the data were moved, write their folder to `data.root` in `{}`", run.display());
        let next = if path.exists() { "" } else { &moved };
        let (missing, all) = (cases.len(), count(made.pictures.len(), "photograph"));
        printer.warn(&format!(
            "{missing} of {all} {} not drawn in the report, such as `{}`: {why}{next}",
            are(missing),
            path.display()
        ));
    }
}
