use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result};
use heatlens_files::Kind;
use heatlens_fundus::Eyes;
use heatlens_fundus::anatomy::Segmenter;
use heatlens_record::{PART, RunDirectory, RunError, are, count};
use heatlens_run::audit::{AuditOptions, ImageDone, Pace, Plan, measure};
use heatlens_run::check::Check;
use heatlens_run::data::{Exclusion, LAYOUTS, LabelMap, Layout};
use heatlens_run::gallery::panels;
use sha2::{Digest, Sha256};

use super::report::finish;
use crate::failure::Status;
use crate::flags::{LayerArgs, LimitArgs, MemoryArgs, MethodArgs, SeedArgs, SubjectArgs, ThreadArgs, listed};
use crate::printer::Printer;
use crate::signals;

/// Audit a model on a labelled test set: where it looks, whether it should, and why it errs
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    methods: MethodArgs,
    #[command(flatten)]
    layers: LayerArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    seed: SeedArgs,
    /// A manifest (CSV with the columns image and label, and perhaps split, mask, patient, eye and
    /// others), a folder of class folders, or a data set as published
    #[arg(long)]
    data: PathBuf,
    /// How the data lie on disk [default: by what is there]
    #[arg(long, value_parser = listed(LAYOUTS.iter().map(|layout| layout.name), |name| Layout::named(name).ok()))]
    layout: Option<&'static Layout>,
    /// What labels mean: `0=normal,1=glaucoma,-1=exclude`. Labels that say whether something was
    /// found (yes/no, RG/NRG) are read and told
    #[arg(long)]
    labels: Option<String>,
    /// Only this part of the data (train, test …)
    #[arg(long)]
    split: Option<String>,
    /// The positive one of two classes [default: the one that is not the healthy one by its name,
    /// else the second]; of several labels the one that is audited; of a value from where on it is
    /// positive, `>=0.6`
    #[arg(long)]
    positive: Option<String>,
    /// The folder of the run; a run that was stopped goes on when it is started again
    #[arg(short, long, default_value = "run")]
    out: PathBuf,
    /// Your own segmenter of disc and cup (ONNX, 3 logits a pixel) for photographs without a mask;
    /// `none` for the classical fallback alone [default: the shipped one]
    #[arg(long)]
    segmenter: Option<PathBuf>,
    /// Cases on which regions are taken out one after the other, spread evenly over the data
    #[arg(long, default_value_t = 120)]
    experiments: usize,
    /// Write a panel of every image to `panels/<outcome>/` as well, contact sheets of every outcome, and
    /// a page to leaf through; a run that is done gets them when it is started again
    #[arg(long)]
    panels: bool,
    #[command(flatten)]
    limit: LimitArgs,
    /// Do only a part of the work: `i/n`, i from 1 to n; the folders of all shards together make the
    /// run
    #[arg(long, value_parser = shard)]
    shard: Option<(usize, usize)>,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let read = || {
        let (i, n) = text.split_once('/')?;
        let (i, n): (usize, usize) = (i.parse().ok()?, n.parse().ok()?);
        (1..=n).contains(&i).then(|| (i - 1, n))
    };
    read().ok_or_else(|| "`i/n` is needed, i from 1 to n, such as 2/4".to_owned())
}

/// Runs the audit, or what is missing of it, and writes the report.
///
/// # Errors
/// If the request, the model or the data cannot be used, or the disk refuses.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let started = std::time::Instant::now();
    let subject = args.subject.open(&[&args.data])?;
    let (segmenter, named) = segmenter(args.segmenter.as_deref())?;
    let plan = Plan::settle(subject, Box::new(Eyes::new(segmenter)), named, &args.options()?)?;
    if args.segmenter.as_deref().is_some_and(|path| path.as_os_str() != "none") {
        printer.note(
            "how sure your segmenter is of a disc is read off the curve of the one that comes along, which was not fitted \
             to it; masks in the data (column `mask`) are taken as they are",
        );
    }
    plan.notes.iter().for_each(|note| printer.note(note));
    plan.warnings.iter().for_each(|warning| printer.warn(warning));
    plan.check.iter().filter_map(Check::warning).for_each(|warning| printer.warn(&warning));
    plan.dataset.notes.iter().for_each(|note| printer.note(&note.to_string()));
    Exclusion::words(&plan.dataset.excluded).iter().for_each(|note| printer.note(note));
    signals::ask(&plan.stop)?;
    let directory = RunDirectory::at(&args.out).alone()?.opened(&plan.record())?;
    work(&plan, &directory, printer)?;
    plan.depths.words().iter().for_each(|words| printer.warn(words));
    plan.twins.iter().for_each(|twins| printer.note(&twins.words()));
    let done = directory.done()?.len();
    if plan.stop.is_asked() && plan.parts().difference(&directory.done()?).next().is_some() {
        printer.note("stopped; what is done is kept: start the same command again, and it goes on from there");
        return Ok(Status::Stopped);
    }
    directory.forget_begun()?;
    if done != plan.cases().div_ceil(PART) {
        printer.data(&format!("{done} of the shards' parts are done → {}", args.out.display()));
        printer.note("when all shards are done, `heatlens report` with their folders makes the report");
        return Ok(Status::Done);
    }
    let totals = finish(&directory, printer)?;
    if args.panels {
        draw(&directory, args, totals.images, printer)?;
    }
    let of = if totals.failed == 0 { String::new() } else { format!(" of {}", totals.images) };
    let seconds = started.elapsed().as_secs_f64();
    let cases = if totals.images == 1 { "case" } else { "cases" };
    let (audited, out) = (totals.images - totals.failed, args.out.display());
    printer.data(&format!("{audited}{of} {cases} audited in {seconds:.1} s → {out}"));
    Ok(if totals.failed == 0 { Status::Done } else { Status::SomeFailed })
}

/// Draws the panels, contact sheets and page of a run that is done.
fn draw(directory: &RunDirectory, args: &Args, images: usize, printer: &Printer) -> Result<()> {
    let mut progress = printer.progress_of(images, "panels");
    let undrawn = panels(directory, args.threads.count(), &mut || progress.advance(false))?;
    progress.finish();
    if let Some(first) = undrawn.first() {
        printer.warn(&format!("{} of {images} have no panel, such as {first}", undrawn.len()));
    }
    printer.note(&format!("`{}` shows all images to leaf through", directory.location("index.html").display()));
    Ok(())
}

/// Measures what is missing, with a bar that moves.
fn work(plan: &Plan, directory: &RunDirectory, printer: &Printer) -> Result<()> {
    let parts = plan.parts().len();
    let missing = plan.missing(directory)?;
    missing.damaged.iter().for_each(|damaged| printer.warn(&anew(damaged)));
    let done = parts - missing.parts.len();
    if done > 0 {
        printer.note(&format!("{done} of {} {} done already; the run goes on", count(parts, "part"), are(done)));
    }
    if missing.cases > PART {
        printer.note("the run may be stopped at any time, with Ctrl-C too: the same command goes on from there");
    }
    let progress = Mutex::new((printer.progress(missing.cases), Pace::new(plan, &missing)));
    let advance = |image: &ImageDone| {
        signals::tell(&plan.stop, printer);
        let (progress, pace) = &mut *progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(estimate) = pace.see(image) {
            progress.note(printer, &estimate.to_string());
        }
        progress.advance(image.failed);
    };
    let measured = measure(plan, directory, &missing, &advance);
    progress.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).0.finish();
    Ok(measured?)
}

/// What becomes of a part with a file that is damaged.
fn anew(damaged: &RunError) -> String {
    match damaged {
        RunError::Damaged { path, reason } => {
            format!("`{}` is damaged ({reason}): its images are measured anew", path.display())
        }
        other => other.to_string(),
    }
}

impl Args {
    fn options(&self) -> Result<AuditOptions> {
        Ok(AuditOptions {
            data: self.data.clone(),
            layout: self.layout,
            labels: self.labels.as_deref().map(LabelMap::parse).transpose()?.unwrap_or_default(),
            split: self.split.clone(),
            positive: self.positive.clone(),
            methods: self.methods.unique(),
            layers: self.layers.layers.clone(),
            experiments: self.experiments,
            limit: self.limit.most(),
            shard: self.shard,
            threads: self.threads.count(),
            memory: self.memory.memory,
            seed: self.seed.seed,
        })
    }
}

/// The segmenter, and what it is called in run.json.
fn segmenter(path: Option<&Path>) -> Result<(Option<Segmenter>, String)> {
    match path {
        None => Ok((Some(Segmenter::shipped()?), "shipped".to_owned())),
        Some(path) if path.as_os_str() == "none" => Ok((None, "none".to_owned())),
        Some(path) => {
            let bytes = heatlens_files::read(path, Kind::Model).with_context(|| format!("`{}`", path.display()))?;
            let segmenter = Segmenter::from_bytes(&bytes).with_context(|| format!("`{}`", path.display()))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Ok((Some(segmenter), format!("{name}, SHA-256 {:x}", Sha256::digest(&bytes))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!(shard("2/4"), Ok((1, 4)));
        assert!(["0/4", "5/4", "1", "a/b", "1/0"].iter().all(|text| shard(text).is_err()));
    }
}
