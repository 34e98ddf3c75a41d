use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use heatlens::metrics::{
    Better, Evaluating, Evaluation, Evaluator, EvaluatorOptions, Metric, Origin, Subject as Image, Summary, agreement,
    summarise,
};
use heatlens::{Model, Targets};
use heatlens_files::Kind;
use heatlens_imaging::{Bar, BarScale, Bars, Chart, DecodeLimits, Figure, Preprocess, decode, encode_png};
use serde_json::{Value, json};

use crate::failure::Status;
use crate::flags::{InputArgs, MemoryArgs, MethodArgs, OneLayerArgs, SeedArgs, SubjectArgs, ThreadArgs, listed};
use crate::printer::Printer;
use crate::signals;
use heatlens_record::{RunDirectory, count, text_cell};
use heatlens_run::{Budget, Depths, Memory, Need, Ready, Source, Stop, Subject, in_order_until, prepare, sample};

/// Measure whether maps are right: faithfulness, robustness, complexity, localisation and agreement
/// of methods
///
/// Every number stands beside that of a random map and of a Gaussian in the middle of the image: a
/// method that is no better than these has found nothing.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    inputs: InputArgs,
    #[command(flatten)]
    methods: MethodArgs,
    #[command(flatten)]
    layer: OneLayerArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    seed: SeedArgs,
    /// Metrics, separated by commas [default: all; those of localisation with --masks]
    #[arg(long, value_delimiter = ',', value_parser = listed(Metric::ALL.iter().map(|m| m.card().name), Metric::named))]
    metrics: Vec<Metric>,
    /// Folder of masks named as the images (.png): maps should lie where a mask is not black
    #[arg(long)]
    masks: Option<PathBuf>,
    /// What to explain: a class by name or index, or `predicted`
    #[arg(long = "class", default_value = "predicted")]
    target: String,
    /// Images to use at most, drawn with the seed, as many of each folder as of any other
    #[arg(long, visible_alias = "limit", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Where to write values.csv, summary.csv, agreement.csv, evaluation.json and evaluation.png
    #[arg(short, long, default_value = "out/evaluate")]
    out: PathBuf,
    /// Print the summary as JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// Evaluates the methods on every image and tells the means.
///
/// # Errors
/// If the request or the model cannot be used, no image can be evaluated, or the output cannot be
/// written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (subject, mut sources, notes) = args.inputs.settle(args.subject.open(&args.inputs.inputs)?, &args.out)?;
    let Subject { model, preprocess, .. } = subject;
    notes.iter().for_each(|note| printer.note(note));
    args.layer.doubt(&model, &args.methods.unique()).iter().for_each(|warning| printer.warn(warning));
    sample(&mut sources, args.sample as usize, args.seed.seed).iter().for_each(|note| printer.note(note));
    let options = EvaluatorOptions {
        methods: args.methods.unique(),
        layer: args.layer.layer.clone(),
        metrics: args.metrics(),
        seed: args.seed.seed,
    };
    // What explains and what scores.
    let memory = Memory::new(args.memory.memory).beside(&model, 2)?;
    let evaluator = Evaluator::new(&model, &options)?;
    // A changed photograph stands beside its own.
    let need = Need { images: sources.len(), worker: evaluator.worker_bytes(), pixel: 2 * Need::PIXEL };
    let budget = memory.divided(args.threads.count(), need)?;
    budget.note.iter().for_each(|note| printer.note(note));
    let _alone = RunDirectory::at(&args.out).alone()?;
    let stop = Stop::default();
    signals::ask(&stop)?;
    let (mut names, mut evaluations) = (Vec::new(), Vec::new());
    for (source, evaluation) in
        sources.iter().zip(args.evaluate_all(&sources, (&model, &preprocess), &evaluator, (&budget, &stop), printer)?)
    {
        if let Some(evaluation) = evaluation {
            names.push(source.shown.as_str());
            evaluations.push(evaluation);
        }
    }
    if stop.is_asked() {
        printer.note(&format!("stopped: the tables are of {} of {}", evaluations.len(), count(sources.len(), "image")));
        if evaluations.is_empty() {
            return Ok(Status::Stopped);
        }
    }
    if evaluations.is_empty() {
        bail!("no image could be evaluated: {} failed", count(sources.len(), "image"));
    }
    let result = Results { names, summaries: summarise(&evaluations, &options.metrics), evaluations, options };
    result.write(&args.out)?;
    if args.json {
        printer.data(&result.json().to_string())
    } else {
        result.tell(printer)
    }
    printer.note(&format!("tables and picture → {}", args.out.display()));
    Ok(match result.evaluations.len() == sources.len() {
        true => Status::Done,
        false if stop.is_asked() => Status::Stopped,
        false => Status::SomeFailed,
    })
}

impl Args {
    fn metrics(&self) -> Vec<Metric> {
        match self.metrics.as_slice() {
            [] => Metric::ALL.iter().copied().filter(|metric| self.masks.is_some() || !metric.needs_mask()).collect(),
            named => named.to_vec(),
        }
    }

    /// What came of each image, in their order whatever the number of threads; nothing of one that
    /// cannot be evaluated, which is warned of.
    fn evaluate_all(
        &self,
        sources: &[Source],
        subject: (&Model, &Preprocess),
        evaluator: &Evaluator,
        (budget, stop): (&Budget, &Stop),
        printer: &Printer,
    ) -> Result<Vec<Option<Evaluation>>> {
        let depths = Depths::default();
        let progress = Mutex::new(printer.progress_of(sources.len() * evaluator.steps(), "steps"));
        let advance = |failed| progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).advance(failed);
        let work = |evaluating: &mut Evaluating<'_>, image: usize| {
            let mut left = evaluator.steps();
            let step = || {
                left -= 1;
                advance(false);
            };
            let evaluation = self.evaluate(&sources[image], subject, (budget, &depths), evaluating, step);
            (0..left).for_each(|step| advance(step == 0));
            evaluation
        };
        let mut evaluations = Vec::with_capacity(sources.len());
        in_order_until(
            stop,
            sources.len(),
            budget.threads,
            || evaluator.evaluating(),
            work,
            |image, evaluation| {
                signals::tell(stop, printer);
                let warn =
                    |error: &anyhow::Error| printer.warn(&format!("`{}` is left out: {error:#}", sources[image].shown));
                evaluations.push(evaluation.inspect_err(warn).ok());
                Ok::<(), anyhow::Error>(())
            },
        )?;
        progress.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).finish();
        depths.words().iter().for_each(|words| printer.warn(words));
        Ok(evaluations)
    }

    fn evaluate(
        &self,
        source: &Source,
        (model, preprocess): (&Model, &Preprocess),
        (budget, depths): (&Budget, &Depths),
        evaluating: &mut Evaluating<'_>,
        step: impl FnMut(),
    ) -> Result<Evaluation> {
        let ready = prepare(source, preprocess, model.input().size(), &budget.limits).map_err(anyhow::Error::msg)?;
        depths.see(ready.bits, &source.shown);
        let target = match Targets::parse(&self.target, model)?.as_slice() {
            &[target] => target,
            _ => bail!("`{}` is several classes: evaluate one at a time", self.target),
        };
        let mask = self
            .masks
            .as_deref()
            .map(|folder| mask(folder, source, &ready, model.input().size(), &budget.limits))
            .transpose()?;
        // Of a tensor there is no photograph to change.
        let photograph = source.content.values().is_none().then_some((&ready.photograph, &ready.preprocess));
        let image = Image { image: &ready.tensor, target, photograph, mask: mask.as_deref() };
        Ok(evaluating.evaluate_with(&image, step)?)
    }
}

/// The mask of an image in the pixels of the input: what is not black, taken at the middle of each
/// pixel.
fn mask(
    folder: &Path,
    source: &Source,
    ready: &Ready,
    [height, width]: [usize; 2],
    limits: &DecodeLimits,
) -> Result<Vec<bool>> {
    let stem = source.path.file_stem().unwrap_or_default();
    let path = folder.join(stem).with_extension("png");
    let bytes = heatlens_files::read(&path, Kind::Photograph)
        .with_context(|| format!("cannot read the mask `{}`", path.display()))?;
    let mask = decode(&bytes, limits).with_context(|| format!("`{}`", path.display()))?;
    // A mask may be smaller or larger than its photograph; both show the same scene.
    let scale = heatlens_imaging::Affine::scaling(ready.photograph.size(), mask.size());
    let to_mask = ready.to_photograph.then(&scale);
    let at = |i: usize| {
        let [x, y] = to_mask.apply([(i % width) as f64 + 0.5, (i / width) as f64 + 0.5]);
        let inside = x >= 0.0 && y >= 0.0 && x < mask.width as f64 && y < mask.height as f64;
        inside && mask.at(x as usize, y as usize) != [0, 0, 0]
    };
    Ok((0..height * width).map(at).collect())
}

/// What came of it all.
struct Results<'a> {
    names: Vec<&'a str>,
    evaluations: Vec<Evaluation>,
    summaries: Vec<Summary>,
    options: EvaluatorOptions,
}

impl Results<'_> {
    fn write(&self, folder: &Path) -> Result<()> {
        let write = |name: &str, bytes: Vec<u8>| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
        };
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder `{}`", folder.display()))?;
        write("values.csv", self.values()?)?;
        write("summary.csv", self.summary()?)?;
        write("agreement.csv", self.agreement()?)?;
        write("evaluation.json", (serde_json::to_string_pretty(&self.json())? + "\n").into())?;
        write("evaluation.png", encode_png(&self.figure().draw())?)
    }

    /// A row an image, map and metric.
    fn values(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["image", "map", "metric", "value", "error"])?;
        for (image, evaluation) in self.names.iter().zip(&self.evaluations) {
            for map in &evaluation.maps {
                for (metric, value) in self.options.metrics.iter().zip(&map.values) {
                    let (value, error) = match value {
                        Ok(value) => (value.to_string(), String::new()),
                        Err(error) => (String::new(), error.to_string()),
                    };
                    let (image, error) = (text_cell(image), text_cell(&error));
                    writer.write_record([&*image, &map.origin.name(), metric.card().name, &value, &*error])?;
                }
            }
        }
        Ok(writer.into_inner()?)
    }

    /// A row a map and metric.
    fn summary(&self) -> Result<Vec<u8>> {
        let text = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "map",
            "metric",
            "better",
            "mean",
            "standard_error",
            "above_random",
            "images",
            "undefined",
            "reason",
        ])?;
        for s in &self.summaries {
            let card = s.metric.card();
            let numbers =
                [text(s.mean), text(s.error), text(s.above_random), s.images.to_string(), s.undefined.to_string()];
            let words = [s.origin.name(), card.name.to_owned(), card.better.word().to_owned()];
            let reason = s.reason.as_ref().map_or_else(String::new, ToString::to_string);
            writer.write_record(words.into_iter().chain(numbers).chain([text_cell(&reason).into_owned()]))?;
        }
        Ok(writer.into_inner()?)
    }

    /// A row a pair of methods.
    fn agreement(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["a", "b", "ssim", "rank_correlation", "overlap_top_tenth", "images"])?;
        for ([a, b], mean, images) in agreement(&self.evaluations) {
            let numbers = [mean.ssim, mean.rank, mean.overlap].map(|v| v.to_string());
            writer.write_record([a.name(), b.name()].into_iter().chain(numbers).chain([images.to_string()]))?;
        }
        Ok(writer.into_inner()?)
    }

    fn json(&self) -> Value {
        let summary = |s: &Summary| {
            let reason = s.reason.as_ref().map(ToString::to_string);
            json!({
                "map": s.origin.name(),
                "metric": s.metric.card().name,
                "better": s.metric.card().better.word(),
                "mean": s.mean,
                "standard_error": s.error,
                "above_random": s.above_random,
                "images": s.images,
                "undefined": s.undefined,
                "reason": reason,
            })
        };
        let pair = |([a, b], mean, images): &([Origin; 2], heatlens::metrics::Agreement, usize)| {
            json!({
                "a": a.name(),
                "b": b.name(),
                "ssim": mean.ssim,
                "rank_correlation": mean.rank,
                "overlap_top_tenth": mean.overlap,
                "images": images,
            })
        };
        json!({
            "seed": self.options.seed,
            "images": self.evaluations.len(),
            "summary": self.summaries.iter().map(summary).collect::<Vec<_>>(),
            "agreement": agreement(&self.evaluations).iter().map(pair).collect::<Vec<_>>(),
        })
    }

    /// The maps, methods first, each once.
    fn origins(&self) -> Vec<Origin> {
        let mut origins: Vec<Origin> = self.summaries.iter().map(|summary| summary.origin).collect();
        origins.dedup();
        origins
    }

    fn of(&self, origin: Origin, metric: Metric) -> &Summary {
        self.summaries.iter().find(|s| s.origin == origin && s.metric == metric).expect("a summary a map and metric")
    }

    fn tell(&self, printer: &Printer) {
        let origins = self.origins();
        let wide = |text: &str, width: usize| format!("{text:>width$}");
        let widths: Vec<usize> = origins.iter().map(|origin| origin.name().chars().count().max(8)).collect();
        let row = |name: &str, cells: Vec<String>| {
            let cells: String =
                cells.iter().zip(&widths).map(|(cell, &width)| format!("  {}", wide(cell, width))).collect();
            printer.data(&format!("{name:28}{cells}"));
        };
        row("", origins.iter().map(|origin| origin.name()).collect());
        for &metric in &self.options.metrics {
            let card = metric.card();
            let arrow = if card.better == Better::Higher { "↑" } else { "↓" };
            let cell =
                |&origin: &Origin| self.of(origin, metric).mean.map_or("–".to_owned(), |mean| format!("{mean:.3}"));
            row(&format!("{arrow} {}", card.title), origins.iter().map(cell).collect());
        }
        printer.data("↑ higher is better, ↓ lower is better; – undefined, see summary.csv");
    }

    /// A chart a metric.
    fn figure(&self) -> Figure {
        let origins = self.origins();
        let chart = |&metric: &Metric| {
            let bar = |&origin: &Origin| {
                let summary = self.of(origin, metric);
                Bar {
                    label: origin.name(),
                    value: summary.mean.map(|mean| mean as f32),
                    spread: summary.error.unwrap_or(0.0) as f32,
                    quiet: matches!(origin, Origin::Baseline(_)),
                }
            };
            Chart::Bars(Bars {
                title: metric.card().title.into(),
                subtitle: format!("{} · {} is better", metric.card().group.title(), metric.card().better.word()),
                bars: origins.iter().map(bar).collect(),
                scale: BarScale::Linear,
            })
        };
        Figure {
            title: "Are the maps right?".into(),
            notes: vec![format!(
                "Mean and standard error over {}; grey: maps that look at nothing.",
                self.evaluations.len()
            )],
            charts: self.options.metrics.iter().map(chart).collect(),
            columns: 3,
        }
    }
}
