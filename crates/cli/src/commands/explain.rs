use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use heatlens::{Explainer, ExplainerOptions, InputLayout, Method, Model, ModelOptions, Outcomes, Target, Targets};
use heatlens_imaging::{Blend, Colormap, DrawStyle, Preprocess};

use crate::failure::Status;
use crate::inputs::{self, Source};
use crate::labels::Labels;
use crate::printer::Printer;
use crate::run::{self, Folder, Plan, Save, Summary};

/// Explain images: predictions, heatmaps, overlays and panels
#[derive(clap::Args)]
pub struct Args {
    /// Checkpoint (.pth, .pt, .ckpt, .bin, .safetensors) or ONNX file
    pub model: PathBuf,
    /// Images, folders (searched recursively), globs, or .npy tensors (N, 3, H, W) that are already preprocessed
    #[arg(required = true)]
    pub inputs: Vec<String>,
    /// Where to write
    #[arg(long, default_value = "out")]
    pub out: PathBuf,
    /// Names of the classes in the order of training, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub classes: Vec<String>,
    /// What to explain: a class by name or index, `predicted`, or `all`; repeatable
    #[arg(long = "class", default_value = "predicted")]
    pub targets: Vec<String>,
    /// Target layer (`layer4[-1]`, `features.28`, an ONNX value); repeatable; `heatlens layers` lists them
    #[arg(long = "layer")]
    pub layers: Vec<String>,
    /// Methods, separated by commas: drawn side by side
    #[arg(long = "method", value_delimiter = ',', default_value = "gradcam", value_parser = parsed(Method::ALL.iter().map(|m| m.card().name), Method::named))]
    pub methods: Vec<Method>,
    /// Architecture, where it cannot be inferred (resnet18, densenet121 …)
    #[arg(long)]
    pub arch: Option<String>,
    /// Preprocessing of training: a preset, `timm:FILE`, `hf:FILE`, or a TOML or JSON file
    #[arg(long, long_help = preprocess_help())]
    pub preprocess: Option<String>,
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
    /// How heatmap and photograph are mixed: `veil` keeps the photograph's brightness, `classic` is pytorch-grad-cam's
    #[arg(long, default_value_t, value_parser = parsed(Blend::ALL.iter().map(|b| b.name()), |name| name.parse::<Blend>().ok()))]
    pub blend: Blend,
    /// Strength of the heatmap in the overlay, 0 to 1
    #[arg(long, value_parser = fraction)]
    pub alpha: Option<f32>,
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

/// A parser for a closed list of names, which help and errors show.
pub(super) fn parsed<T: Clone + Send + Sync + 'static>(
    names: impl Iterator<Item = &'static str>,
    read: impl Fn(&str) -> Option<T> + Clone + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names).map(move |name| read(&name).expect("a listed name"))
}

fn fraction(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|value| (0.0..=1.0).contains(value)).ok_or_else(|| "a number from 0 to 1 is needed".to_owned())
}

fn preprocess_help() -> String {
    let presets: Vec<String> = heatlens_imaging::PRESETS.iter().map(|(name, what)| format!("  {name}: {what}")).collect();
    format!(
        "Preprocessing of training, which decides whether predictions are right: a preset, `timm:config.json`, `hf:preprocessor_config.json`, or a TOML or JSON file.\n\
         `heatlens preprocess check` says whether it equals your own pipeline's.\n\n{}",
        presets.join("\n")
    )
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
            Ok(answer) => answer.warnings.iter().for_each(|warning| printer.warn(&format!("`{}`: {warning}", row.image))),
            Err(error) => printer.warn(&format!("`{}` is left out: {error}", row.image)),
        }
    })?;
    run::record(&plan, &folder, &summary)?;
    tell(&summary, &args, started.elapsed().as_secs_f64(), printer);
    Ok(if summary.failed == 0 { Status::Done } else { Status::SomeFailed })
}

/// Turns what the user said into what will be done, with every default made explicit.
fn settle(args: &Args, printer: &Printer) -> Result<Plan> {
    let options = ModelOptions { architecture: args.arch.clone(), classes: args.classes.clone(), input_size: None };
    let mut model = Model::open(&args.model, &options).with_context(|| format!("`{}`", args.model.display()))?;
    let mut notes = model.notes().to_vec();
    let (preprocess, assumed) = preprocess(args, &model)?;
    let sources = inputs::expand(&args.inputs, &args.out)?;
    notes.extend(assumed.filter(|_| sources.iter().any(|source| source.content.values().is_none())));

    let size = input_size(&sources, &preprocess, &model)?;
    if size != model.input().size() {
        model = model.with_input_size(size)?;
    }
    let targets = targets(args, &model)?;
    let labels = match &args.labels {
        Some(text) => Labels::parse(text).of(&sources, &model)?,
        None => vec![None; sources.len()],
    };
    let positive = positive(args, &model, &labels, &mut notes)?;
    let batch = usize::from(args.batch).min(sources.len());
    let explainer = Explainer::new(
        &model,
        &ExplainerOptions { layers: args.layers.clone(), methods: args.methods.clone(), batch, ..Default::default() },
    )?;
    notes.iter().for_each(|note| printer.note(note));
    Ok(Plan {
        outcomes: Outcomes::new(model.classes(), positive),
        model,
        model_path: args.model.clone(),
        explainer,
        targets,
        preprocess,
        sources,
        labels,
        positive,
        save: args.save.clone(),
        style: DrawStyle { colormap: args.colormap, blend: args.blend, alpha: args.alpha },
        batch,
        threads: args.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from),
        notes,
    })
}

/// The preprocessing, and what the user should know where it was not said.
fn preprocess(args: &Args, model: &Model) -> Result<(Preprocess, Option<String>)> {
    if let Some(spec) = &args.preprocess {
        return Ok((Preprocess::from_spec(spec, |path| std::fs::read(path))?, None));
    }
    if model.input().layout == InputLayout::Nhwc {
        bail!(
            "a TensorFlow model does not say how images were scaled: say --preprocess keras-tf, keras-caffe or keras-raw, or give a file"
        );
    }
    let preprocess = Preprocess::imagenet_exact();
    let note =
        format!("preprocessing was not given; assumed: {preprocess} (--preprocess changes it, `heatlens preprocess check` tests it)");
    Ok((preprocess, Some(note)))
}

/// The input size of this run: that of the tensors, or the one the preprocessing was made for, or the model's own.
fn input_size(sources: &[Source], preprocess: &Preprocess, model: &Model) -> Result<[usize; 2]> {
    let photographs = sources.iter().find(|source| source.content.values().is_none());
    let mut size = photographs.map(|source| (source, preprocess.input.unwrap_or(model.input().size())));
    for source in sources {
        let inputs::Content::Tensor { batch, .. } = &source.content else { continue };
        let (channels, tensor_size) = match (model.input().layout, batch.shape.as_slice()) {
            (InputLayout::Nchw, &[_, channels, height, width]) | (InputLayout::Nhwc, &[_, height, width, channels]) => {
                (channels, [height, width])
            }
            (_, shape) => bail!("`{}` has shape {shape:?}; 4 dimensions are needed", source.shown),
        };
        if channels != model.input().channels {
            bail!("`{}` has {channels} channels in shape {:?}; the model takes {}", source.shown, batch.shape, model.input().channels);
        }
        match size {
            Some((first, [height, width])) if [height, width] != tensor_size => {
                bail!(
                    "`{}` is {}×{}, but `{}` is {height}×{width}: explain them apart",
                    source.shown,
                    tensor_size[0],
                    tensor_size[1],
                    first.shown
                )
            }
            _ => size = Some((source, tensor_size)),
        }
    }
    Ok(size.map_or(model.input().size(), |(_, size)| size))
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
