use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use heatlens::{Combine, Explainer, ExplainerOptions, Method, Model, Outcomes, ScoreKind, Target, Targets};
use heatlens_imaging::{Blend, Colormap, DrawStyle};

use crate::failure::Status;
use crate::labels::Labels;
use crate::printer::Printer;
use crate::run::{self, Folder, Plan, Save, Summary};
use crate::subject::{Subject, SubjectArgs};

/// Explain images: predictions, heatmaps, overlays and panels
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Where to write
    #[arg(long, default_value = "out")]
    pub out: PathBuf,
    /// What to explain: a class by name or index, `predicted`, `all`, or what sets one class apart
    /// from another (`A vs B`); repeatable
    #[arg(long = "class", default_value = "predicted")]
    pub targets: Vec<String>,
    /// Target layer (`layer4[-1]`, `features.28`, an ONNX value); repeatable; `heatlens layers`
    /// lists them
    #[arg(long = "layer", visible_alias = "layers")]
    pub layers: Vec<String>,
    /// Methods, separated by commas: drawn side by side
    #[arg(long = "method", value_delimiter = ',', default_value = "gradcam", value_parser = parsed(Method::ALL.iter().map(|m| m.card().name), Method::named))]
    pub methods: Vec<Method>,
    /// Put the maps of several layers into one
    #[arg(long, value_parser = parsed(Combine::ALL.iter().map(|c| c.name()), Combine::named))]
    pub combine: Option<Combine>,
    /// What is explained of a class
    #[arg(long, value_enum, default_value_t = ScoreOf::Logit)]
    pub score: ScoreOf,
    /// Smoothing, separated by commas
    #[arg(long, value_delimiter = ',', value_enum)]
    pub smooth: Vec<Smoothing>,
    /// Seed of the methods that draw at random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// True labels: `folders` (named as the classes) or a CSV file with the columns image and label
    #[arg(long)]
    pub labels: Option<String>,
    /// The positive one of two classes [default: the second]
    #[arg(long)]
    pub positive: Option<String>,
    /// What to write for each image
    #[arg(long, value_delimiter = ',', value_enum, default_values = ["panel", "map"])]
    pub save: Vec<Save>,
    /// Colours of the heatmap
    #[arg(long, default_value_t, value_parser = parsed(Colormap::ALL.iter().map(|c| c.name()), |name| name.parse::<Colormap>().ok()))]
    pub colormap: Colormap,
    /// How heatmap and photograph are mixed: `veil` keeps the photograph's brightness, `classic` is
    /// pytorch-grad-cam's
    #[arg(long, default_value_t, value_parser = parsed(Blend::ALL.iter().map(|b| b.name()), |name| name.parse::<Blend>().ok()))]
    pub blend: Blend,
    /// Strength of the heatmap in the overlay, 0 to 1
    #[arg(long, value_parser = fraction)]
    pub alpha: Option<f32>,
    /// Longer side of a panel's pictures in pixels [default: 400 to 560, near the photograph's]
    #[arg(long, value_parser = clap::value_parser!(u16).range(64..=2048))]
    pub tile: Option<u16>,
    /// Images a forward pass
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub batch: u16,
    /// Threads [default: one a core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print one JSON object a line and image
    #[arg(long)]
    pub json: bool,
    /// Replace what an earlier run left in the output folder
    #[arg(long)]
    pub overwrite: bool,
}

/// What is explained of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScoreOf {
    /// its logit
    Logit,
    /// its probability; where the network is sure, little is left to explain
    Probability,
}

/// How maps are smoothed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Smoothing {
    /// the mean of six maps: the image and its mirror image, at 0.9, 1 and 1.1 times its contrast
    Aug,
    /// the first principal component of the weighted activations instead of their sum
    Eigen,
}

/// A parser for a closed list of names, which help and errors show.
pub(super) fn parsed<T: Clone + Send + Sync + 'static>(
    names: impl Iterator<Item = &'static str>,
    read: impl Fn(&str) -> Option<T> + Clone + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names).map(move |name| read(&name).expect("a listed name"))
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
pub fn run(args: Args, printer: &Printer) -> Result<Status> {
    let plan = settle(&args, printer)?;
    let folder = Folder::create(&args.out, args.overwrite)?;
    let started = std::time::Instant::now();
    let classes = plan.model.classes();
    let summary = run::execute(&plan, &folder, printer, |row| {
        if args.json {
            printer.data(&row.json(classes).to_string());
        }
        match &row.answer {
            Ok(answer) => {
                answer.warnings.iter().for_each(|warning| printer.warn(&format!("`{}`: {warning}", row.image)))
            }
            Err(error) => printer.warn(&format!("`{}` is left out: {error}", row.image)),
        }
    })?;
    run::record(&plan, &folder, &summary)?;
    tell(&summary, &args, started.elapsed().as_secs_f64(), printer);
    Ok(if summary.failed == 0 { Status::Done } else { Status::SomeFailed })
}

/// Turns what the user said into what will be done, with every default made explicit.
fn settle(args: &Args, printer: &Printer) -> Result<Plan> {
    let Subject { model, preprocess, sources, mut notes } = args.subject.settle(&args.out)?;
    let targets = targets(args, &model)?;
    let labels = match &args.labels {
        Some(text) => Labels::parse(text).of(&sources, &model)?,
        None => vec![None; sources.len()],
    };
    let positive = positive(args, &model, &labels, &mut notes)?;
    let batch = usize::from(args.batch).min(sources.len());
    let explainer = Explainer::new(&model, &options(args, batch))?;
    notes.iter().for_each(|note| printer.note(note));
    Ok(Plan {
        outcomes: Outcomes::new(model.classes(), positive),
        model,
        model_path: args.subject.model.clone(),
        explainer,
        targets,
        preprocess,
        sources,
        labels,
        positive,
        save: args.save.clone(),
        style: DrawStyle { colormap: args.colormap, blend: args.blend, alpha: args.alpha, signed: false },
        tile: args.tile.map(usize::from),
        batch,
        threads: args.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from),
        notes,
    })
}

fn options(args: &Args, batch: usize) -> ExplainerOptions {
    let mut methods: Vec<Method> = Vec::new();
    for &method in &args.methods {
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    ExplainerOptions {
        layers: args.layers.clone(),
        methods,
        combine: args.combine,
        score: if args.score == ScoreOf::Logit { ScoreKind::Logit } else { ScoreKind::Probability },
        augment: args.smooth.contains(&Smoothing::Aug),
        eigen: args.smooth.contains(&Smoothing::Eigen),
        batch,
        seed: args.seed,
    }
}

fn targets(args: &Args, model: &Model) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for text in &args.targets {
        targets.extend(Targets::parse(text, model)?);
    }
    targets.dedup();
    Ok(targets)
}

fn positive(args: &Args, model: &Model, labels: &[Option<usize>], notes: &mut Vec<String>) -> Result<Option<usize>> {
    if let Some(name) = &args.positive {
        let class = model.class(name)?;
        if model.classes().len() != 2 {
            bail!("--positive needs a model of two classes; this one has {}", model.classes().len());
        }
        return Ok(Some(class));
    }
    if model.classes().len() != 2 || labels.iter().all(Option::is_none) {
        return Ok(None);
    }
    notes.push(format!("`{}` is taken as the positive class (--positive changes it)", model.classes()[1]));
    Ok(Some(1))
}

fn tell(summary: &Summary, args: &Args, seconds: f64, printer: &Printer) {
    let done = summary.images - summary.failed;
    let mut text = format!("{done} of {} images explained in {seconds:.1} s → {}", summary.images, args.out.display());
    if summary.labelled > 0 {
        let percent = 100.0 * summary.correct as f64 / summary.labelled as f64;
        text += &format!("\n{} of {} predicted rightly ({percent:.1} %)", summary.correct, summary.labelled);
    }
    for (outcome, count) in &summary.outcomes {
        text += &format!("\n  {count:>6}  {outcome}");
    }
    if summary.failed > 0 {
        text += &format!("\n  {:>6}  failed: see the column `error` of predictions.csv", summary.failed);
    }
    if args.json { eprintln!("{text}") } else { printer.data(&text) }
}
