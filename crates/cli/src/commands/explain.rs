use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use heatlens::{Combine, ExplainerOptions, ScoreKind};
use heatlens_imaging::{Blend, Colormap, DrawStyle};
use heatlens_record::{LabelRecord, RunDirectory, SummaryRecord, are, count};
use heatlens_run::LabelOptions;
use heatlens_run::drawing::{ColourScale, Part};
use heatlens_run::explain::{self, ExplainOptions, Folder, Order, Plan, Save};

use crate::failure::Status;
use crate::flags::{
    InputArgs, LayerArgs, LimitArgs, MemoryArgs, MethodArgs, SeedArgs, SubjectArgs, ThreadArgs, explained, listed,
};
use crate::printer::Printer;
use crate::signals;

/// Explain images: predictions, heatmaps, overlays and panels
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    inputs: InputArgs,
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
    /// Where to write
    #[arg(short, long, default_value = "out")]
    out: PathBuf,
    /// What to explain: a class by name or index, `predicted`, `all`, or what sets one class apart
    /// from another (`A vs B`); repeatable [default: predicted; each label or value where outputs are
    /// labels or values]
    #[arg(long = "class")]
    targets: Vec<String>,
    /// Put the maps of several layers into one
    #[arg(long, value_parser = listed(Combine::ALL.iter().map(|c| c.name()), Combine::named))]
    combine: Option<Combine>,
    /// What is explained of a class
    #[arg(long, value_enum, default_value_t = ScoreOf::Logit)]
    score: ScoreOf,
    /// Smoothing, separated by commas
    #[arg(long, value_delimiter = ',', value_enum)]
    smooth: Vec<Smoothing>,
    /// True labels: `folders` (named as the classes), a table with the columns image and label, and
    /// what labels mean (`0=normal,1=glaucoma`); repeatable. Labels that say whether something was
    /// found (yes/no, RG/NRG) are read and told
    #[arg(long)]
    labels: Vec<String>,
    #[command(flatten)]
    limit: LimitArgs,
    /// From which probability on a label is present, where several may be: `0.3` for all,
    /// `Edema=0.3` for one; repeatable [default: 0.5]
    #[arg(long, value_parser = threshold)]
    threshold: Vec<(Option<String>, f32)>,
    /// The positive one of two classes [default: the one that is not the healthy one by its name,
    /// else the second]
    #[arg(long)]
    positive: Option<String>,
    /// What to write for each image
    #[arg(
        long, value_delimiter = ',', default_values = ["panel", "map", "gallery"],
        value_parser = explained(Save::ALL.iter().map(|(_, name, about)| (*name, *about)), Save::named),
    )]
    save: Vec<Save>,
    /// What full colour stands for
    #[arg(
        long, default_value = "map",
        value_parser = explained(ColourScale::ALL.iter().map(|(_, name, about)| (*name, *about)), ColourScale::named),
    )]
    scale: ColourScale,
    /// Outline these in panels and thumbnails, as the segmenter that comes along sees them, separated by
    /// commas
    #[arg(
        long, value_delimiter = ',',
        value_parser = explained(Part::ALL.iter().map(|(_, name, about)| (*name, *about)), Part::named),
    )]
    outline: Vec<Part>,
    /// Draw lines where a map takes a quarter, a half and three quarters of full colour
    #[arg(long)]
    contours: bool,
    /// Colours of the heatmap
    #[arg(
        long, default_value_t,
        value_parser = listed(Colormap::ALL.iter().map(|c| c.name()), |name| name.parse::<Colormap>().ok()),
    )]
    colormap: Colormap,
    /// How heatmap and photograph are mixed: `veil` keeps the photograph's brightness, `classic` is
    /// pytorch-grad-cam's
    #[arg(
        long, default_value_t,
        value_parser = listed(Blend::ALL.iter().map(|b| b.name()), |name| name.parse::<Blend>().ok()),
    )]
    blend: Blend,
    /// Strength of the heatmap in the overlay, 0 to 1
    #[arg(long, value_parser = fraction)]
    alpha: Option<f32>,
    /// Longer side of a panel's pictures in pixels [default: 400 to 560, near the photograph's]
    #[arg(long, value_parser = clap::value_parser!(u16).range(64..=2048))]
    tile: Option<u16>,
    /// Images a forward pass
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// Print one JSON object a line and image
    #[arg(long)]
    json: bool,
    /// Replace what an earlier run left in the output folder: the files that it listed, and no others
    #[arg(long)]
    overwrite: bool,
}

/// What is explained of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScoreOf {
    /// its logit
    Logit,
    /// its probability; where the network is sure, little is left to explain
    Probability,
}

/// How maps are smoothed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Smoothing {
    /// the mean of six maps: the image and its mirror image, at 0.9, 1 and 1.1 times its contrast
    Aug,
    /// the first principal component of the weighted activations instead of their sum
    Eigen,
}

fn threshold(text: &str) -> Result<(Option<String>, f32), String> {
    match text.rsplit_once('=') {
        None => Ok((None, fraction(text)?)),
        Some((label, value)) => Ok((Some(label.to_owned()), fraction(value)?)),
    }
}

fn fraction(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value))
        .ok_or_else(|| "a number from 0 to 1 is needed".to_owned())
}

/// Explains every input and tells how it went.
///
/// # Errors
/// If the request or the model cannot be used, or the output cannot be written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let subject = args.subject.open(&args.inputs.inputs)?;
    let (sources, remarks) = args.inputs.list(&args.out)?;
    let plan = Plan::settle(subject, sources, remarks, &args.options()?)?;
    plan.said().iter().for_each(|said| printer.said(said));
    signals::ask(&plan.stop)?;
    let (folder, said) = Folder::open(RunDirectory::at(&args.out), &plan, args.overwrite)?;
    said.iter().for_each(|said| printer.note(said));
    let started = std::time::Instant::now();
    let mut order = Order::of(&plan);
    let summary = work(&plan, &folder, printer, |row| {
        order.see(row);
        if args.json {
            printer.data(&row.json(plan.model.classes()).to_string());
        }
    })?;
    if summary.images < plan.sources.len() {
        return Ok(stopped(&summary, &plan, printer));
    }
    tell(&summary, args, started.elapsed().as_secs_f64(), printer);
    if args.save.contains(&Save::Gallery) {
        printer.note(&format!("`{}` shows all of them to leaf through", args.out.join("index.html").display()));
    }
    plan.said_at_last(&order).iter().for_each(|said| printer.said(said));
    Ok(if summary.failed == 0 { Status::Done } else { Status::SomeFailed })
}

/// Says how far a run came that was asked to stop.
fn stopped(summary: &SummaryRecord, plan: &Plan, printer: &Printer) -> Status {
    let (done, all) = (summary.images, count(plan.sources.len(), "image"));
    printer.note(&format!(
        "stopped: {done} of {all} {} explained; start the same command again, and it goes on from there",
        are(done)
    ));
    Status::Stopped
}

/// Explains with a bar that moves, and warns of images that are left out or whose maps are
/// doubtful.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn work(
    plan: &Plan,
    folder: &Folder,
    printer: &Printer,
    mut each: impl FnMut(&explain::Row),
) -> Result<SummaryRecord> {
    let mut progress = printer.progress(plan.sources.len()).behind(folder.done().len());
    let summary = explain::explain(plan, folder, |row, is_new| {
        signals::tell(&plan.stop, printer);
        if is_new {
            progress.advance(row.answer.is_err());
        }
        each(row);
        match &row.answer {
            Ok(answer) => {
                answer.warnings.iter().for_each(|warning| printer.warn(&format!("`{}`: {warning}", row.image)))
            }
            Err(error) => printer.warn(&format!("`{}` is left out: {error}", row.image)),
        }
    });
    progress.finish();
    Ok(summary?)
}

impl Args {
    fn options(&self) -> Result<ExplainOptions> {
        Ok(ExplainOptions {
            targets: self.targets.clone(),
            explainer: ExplainerOptions {
                layers: self.layers.layers.clone(),
                methods: self.methods.unique(),
                combine: self.combine,
                score: if self.score == ScoreOf::Logit { ScoreKind::Logit } else { ScoreKind::Probability },
                augment: self.smooth.contains(&Smoothing::Aug),
                eigen: self.smooth.contains(&Smoothing::Eigen),
                batch: usize::from(self.batch),
                seed: self.seed.seed,
            },
            limit: self.limit.most(),
            labels: LabelOptions::parse(self.labels.iter().map(String::as_str))?,
            thresholds: self.threshold.clone(),
            positive: self.positive.clone(),
            save: self.save.clone(),
            style: DrawStyle { colormap: self.colormap, blend: self.blend, alpha: self.alpha, signed: false },
            tile: self.tile.map(usize::from),
            scale: self.scale,
            outline: self.outline.clone(),
            contours: self.contours,
            threads: self.threads.count(),
            memory: self.memory.memory,
        })
    }
}

fn tell(summary: &SummaryRecord, args: &Args, seconds: f64, printer: &Printer) {
    let text = words(summary, &args.out.display().to_string(), seconds);
    if args.json { printer.plain(&text) } else { printer.data(&text) }
}

/// How one of several labels went; nothing where it was never known.
fn of_label(label: &LabelRecord) -> String {
    let count = |outcome: &str| label.outcomes.get(outcome).copied().unwrap_or(0);
    let [found, missed, wrongly, rightly_absent] =
        ["true_positive", "false_negative", "false_positive", "true_negative"].map(count);
    if found + missed + wrongly + rightly_absent == 0 {
        return String::new();
    }
    format!(
        "\n{} (from {}): present in {}, found in {found}, missed in {missed}; absent in {}, seen there in {wrongly}",
        label.label,
        label.threshold,
        found + missed,
        wrongly + rightly_absent
    )
}

/// How a run went, in a few lines.
pub(super) fn words(summary: &SummaryRecord, out: &str, seconds: f64) -> String {
    let done = summary.images - summary.failed;
    let mut text = format!("{done} of {} explained in {seconds:.1} s → {out}", count(summary.images, "image"));
    if summary.labelled > 0 {
        let percent = 100.0 * summary.correct as f64 / summary.labelled as f64;
        let rightly = if summary.labels.is_empty() { "predicted rightly" } else { "with every label right" };
        let labelled = if summary.labelled < done { " with a label" } else { "" };
        text += &format!("\n{} of {}{labelled} {rightly} ({percent:.1} %)", summary.correct, summary.labelled);
        if summary.labelled < done {
            text += &format!("; {} have none", done - summary.labelled);
        }
    }
    for label in &summary.labels {
        text += &of_label(label);
    }
    for value in &summary.values {
        text += &format!(
            "\n{}: off by {:.3} on average ({:+.3} with its sign, root mean square {:.3}) over {}",
            value.value,
            value.mean_absolute_error,
            value.mean_error,
            value.root_mean_square_error,
            count(value.images, "image")
        );
    }
    for (outcome, count) in &summary.outcomes {
        text += &format!("\n  {count:>6}  {outcome}");
    }
    if summary.failed > 0 {
        text += &format!("\n  {:>6}  failed: see the column `error` of predictions.csv", summary.failed);
    }
    text
}
