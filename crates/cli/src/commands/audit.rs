use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use heatlens::{Explainer, ExplainerOptions, Method, Model, ModelOptions, Outcomes, Target};
use heatlens_audit::data::{DataOptions, Exclusion, LAYOUTS, LabelMap, Layout, Reason};
use heatlens_audit::run::{self, Experiments, PART, Plan, RunDirectory};
use heatlens_fundus::anatomy::Segmenter;
use sha2::{Digest, Sha256};

use super::explain::parsed;
use super::report::finish;
use crate::audit::{Eyes, describe};
use crate::failure::Status;
use crate::printer::Printer;
use crate::subject::{preprocess, trimmed};

/// Audit a model on a labelled test set: where it looks, whether it should, and why it errs
#[derive(clap::Args)]
pub struct Args {
    /// Checkpoint (.pth, .pt, .ckpt, .bin, .safetensors) or ONNX file
    pub model: PathBuf,
    /// A manifest (CSV with the columns image and label, and perhaps split, mask, patient, eye and
    /// others), a folder of class folders, or a data set as published
    #[arg(long)]
    pub data: PathBuf,
    /// How the data lie on disk [default: by what is there]
    #[arg(long, value_parser = parsed(LAYOUTS.iter().map(|layout| layout.name), |name| Layout::named(name).ok()))]
    pub layout: Option<&'static Layout>,
    /// What labels mean: `0=normal,1=glaucoma,-1=exclude`
    #[arg(long)]
    pub labels: Option<String>,
    /// Only this part of the data (train, test …)
    #[arg(long)]
    pub split: Option<String>,
    /// The positive one of two classes [default: the second]
    #[arg(long)]
    pub positive: Option<String>,
    /// Names of the classes in the order of training, separated by commas [default: the two labels,
    /// the healthy one first]
    #[arg(long, value_delimiter = ',', value_parser = trimmed)]
    pub classes: Vec<String>,
    /// The folder of the run; a run that was stopped goes on when it is started again
    #[arg(long, default_value = "run")]
    pub out: PathBuf,
    /// Methods, separated by commas; the first is the one that answers rest on
    #[arg(long = "methods", alias = "method", value_delimiter = ',', default_value = "gradcam", value_parser = parsed(Method::ALL.iter().map(|m| m.card().name), Method::named))]
    pub methods: Vec<Method>,
    /// Target layers; repeatable; `heatlens layers` lists them
    #[arg(long = "layer", visible_alias = "layers", value_delimiter = ',', value_parser = trimmed)]
    pub layers: Vec<String>,
    /// Architecture, where it cannot be inferred
    #[arg(long)]
    pub arch: Option<String>,
    /// Preprocessing of training: see `heatlens explain --help`
    #[arg(long)]
    pub preprocess: Option<String>,
    /// Your own segmenter of disc and cup (ONNX, 3 logits a pixel) for photographs without a mask;
    /// `none` for the classical fallback alone [default: the shipped one]
    #[arg(long)]
    pub segmenter: Option<PathBuf>,
    /// Cases on which regions are taken out one after the other, spread evenly over the data
    #[arg(long, default_value_t = 120)]
    pub experiments: usize,
    /// Only the first so many cases
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Do only a part of the work: `i/n`, i from 1 to n; the folders of all shards together make
    /// the run
    #[arg(long, value_parser = shard)]
    pub shard: Option<(usize, usize)>,
    /// Threads [default: one a core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Seed of what is drawn at random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
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
pub fn run(args: Args, printer: &Printer) -> Result<Status> {
    let started = std::time::Instant::now();
    let options =
        ModelOptions { architecture: args.arch.clone(), classes: args.classes.clone(), ..ModelOptions::default() };
    let model = Model::open(&args.model, &options).with_context(|| format!("`{}`", args.model.display()))?;
    let (preprocess, assumed) = preprocess(args.preprocess.as_deref(), &model)?;
    let mut notes: Vec<String> = model.notes().iter().cloned().chain(assumed).collect();
    let (model, dataset) = data(&args, model, &mut notes)?;
    let model = match preprocess.input.filter(|size| *size != model.input().size()) {
        Some(size) => model.with_input_size(size)?,
        None => model,
    };
    let positive = positive(&args, &model, &mut notes)?;
    let options = ExplainerOptions { layers: args.layers.clone(), methods: args.methods.clone(), ..Default::default() };
    let explainer = Explainer::new(&model, &options)?;
    let network = network(&model)?;
    let (segmenter, named) = segmenter(args.segmenter.as_deref())?;
    let eyes = Eyes::new(segmenter);
    notes.iter().for_each(|note| printer.note(note));
    dataset.notes.iter().for_each(|note| printer.note(&note.to_string()));
    left_out(&dataset.excluded).iter().for_each(|note| printer.note(note));
    let plan = Plan {
        targets: (0..model.classes().len()).map(Target::Class).collect(),
        outcomes: Outcomes::new(model.classes(), positive),
        model: &model,
        explainer: &explainer,
        network: &network,
        preprocess: &preprocess,
        dataset: &dataset,
        positive,
        anatomist: &eyes,
        experiments: Experiments {
            regions: args.experiments,
            remainders: if args.experiments == 0 { 0 } else { dataset.cases.len().min(1_000) },
        },
        limit: args.limit.map(|limit| limit as usize),
        shard: args.shard,
        threads: args.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from),
        seed: args.seed,
    };
    let directory = RunDirectory::open(&args.out, &describe(&plan, &args.model.display().to_string(), &named, &notes))?;
    let done = directory.done()?.intersection(&plan.parts()).count();
    if done > 0 {
        printer.note(&format!("{done} of {} parts are done already; the run goes on", plan.parts().len()));
    }
    let missing = plan.parts().difference(&directory.done()?).map(|part| PART.min(plan.cases() - part * PART)).sum();
    if missing > PART {
        printer.note("the run may be stopped at any time, with Ctrl-C too: the same command goes on from there");
    }
    let progress = Mutex::new(printer.progress(missing));
    run::run(&plan, &directory, &|failed| {
        progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).advance(failed)
    })?;
    progress.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).finish();
    let whole = directory.done()?.len() == plan.cases().div_ceil(PART);
    if !whole {
        printer.data(&format!("{} of the shards' parts are done → {}", directory.done()?.len(), args.out.display()));
        printer.note("when all shards are done, `heatlens report` with their folders makes the report");
        return Ok(Status::Done);
    }
    let totals = finish(&directory, printer)?;
    let of = if totals.failed == 0 { String::new() } else { format!(" of {}", totals.images) };
    let seconds = started.elapsed().as_secs_f64();
    let plural = if totals.images == 1 { "" } else { "s" };
    let (audited, out) = (totals.images - totals.failed, args.out.display());
    printer.data(&format!("{audited}{of} case{plural} audited in {seconds:.1} s → {out}"));
    Ok(if totals.failed == 0 { Status::Done } else { Status::SomeFailed })
}

/// The data, and the model with its classes named: by the user, or as the labels are where they are
/// as many.
fn data(args: &Args, model: Model, notes: &mut Vec<String>) -> Result<(Model, heatlens_audit::data::Dataset)> {
    let labels = args.labels.as_deref().map(LabelMap::parse).transpose()?.unwrap_or_default();
    let classes = if args.classes.is_empty() { Vec::new() } else { model.classes().to_vec() };
    let options =
        DataOptions { layout: args.layout, labels, classes, split: args.split.clone(), ..DataOptions::default() };
    let dataset = heatlens_audit::data::load(&args.data, &options)?;
    if dataset.cases.is_empty() {
        bail!("`{}` holds no case that can be used: {} are left out", args.data.display(), dataset.excluded.len());
    }
    if !args.classes.is_empty() {
        return Ok((model, dataset));
    }
    let found: Vec<String> = dataset.classes().into_keys().collect();
    if found.is_empty() {
        return Ok((model, dataset));
    }
    let Some(names) = ordered(&found).filter(|names| names.len() == model.classes().len()) else {
        bail!(unsettled(&found, model.classes().len()));
    };
    notes
        .push(format!("the model's classes are taken to be {} in this order (--classes changes it)", names.join(", ")));
    Ok((model.with_classes(&names)?, dataset))
}

/// What is left out though it was asked for, a sentence for each reason.
fn left_out(excluded: &[Exclusion]) -> Vec<String> {
    let mut reasons = BTreeMap::<String, Vec<&str>>::new();
    let wanted = excluded.iter().filter(|excluded| !matches!(excluded.reason, Reason::OtherSplit { .. }));
    wanted.for_each(|excluded| reasons.entry(excluded.reason.to_string()).or_default().push(&excluded.name));
    reasons
        .into_iter()
        .map(|(reason, names)| format!("left out: {} such as `{}`: {reason}", names.len(), names[0]))
        .collect()
}

/// Why labels do not name the classes of a model that has no names for them, and what to say.
fn unsettled(labels: &[String], classes: usize) -> String {
    let (count, list) = (labels.len(), labels.join(", "));
    let plural = if count == 1 { "" } else { "s" };
    let counts = format!("the model has {classes} classes without names, the data {count} label{plural} ({list})");
    let numbers = labels.iter().all(|label| label.parse::<f64>().is_ok());
    match count.cmp(&classes) {
        Ordering::Greater => {
            let last = labels.last().map_or("", String::as_str);
            format!("{counts}: say what labels mean, as in `--labels {last}=exclude`, until there are {classes}")
        }
        Ordering::Equal if numbers && count == 2 => {
            format!("{counts}: say what they mean, as in `--labels {}=normal,{}=glaucoma`", labels[0], labels[1])
        }
        _ => format!(
            "{counts}, which do not settle their order: say --classes in the order of training, {classes} names \
             separated by commas"
        ),
    }
}

/// Class names in the order that trainings of two classes use: the healthy one first. Other names
/// leave the order open.
fn ordered(found: &[String]) -> Option<Vec<String>> {
    const HEALTHY: [&str; 6] = ["normal", "healthy", "no_glaucoma", "non-glaucoma", "negative", "nrg"];
    let [a, b] = found else { return None };
    let is_healthy = |name: &String| HEALTHY.contains(&name.to_lowercase().as_str());
    match (is_healthy(a), is_healthy(b)) {
        (true, false) => Some(vec![a.clone(), b.clone()]),
        (false, true) => Some(vec![b.clone(), a.clone()]),
        _ => None,
    }
}

fn positive(args: &Args, model: &Model, notes: &mut Vec<String>) -> Result<Option<usize>> {
    if let Some(name) = &args.positive {
        let class = model.class(name)?;
        if model.classes().len() != 2 {
            bail!("--positive needs a model of two classes; this one has {}", model.classes().len());
        }
        return Ok(Some(class));
    }
    if model.classes().len() != 2 {
        return Ok(None);
    }
    notes.push(format!("`{}` is taken as the positive class (--positive changes it)", model.classes()[1]));
    Ok(Some(1))
}

/// The network alone, to be asked again about changed images: four at once, or one where the file
/// was exported for one.
fn network(model: &Model) -> Result<Explainer> {
    let of_batch =
        |batch| Explainer::new(model, &ExplainerOptions { methods: Vec::new(), batch, ..Default::default() });
    Ok(of_batch(4).or_else(|_| of_batch(1))?)
}

/// The segmenter, and what it is called in run.json.
fn segmenter(path: Option<&Path>) -> Result<(Option<Segmenter>, String)> {
    match path {
        None => Ok((Some(Segmenter::shipped()?), "shipped".to_owned())),
        Some(path) if path.as_os_str() == "none" => Ok((None, "none".to_owned())),
        Some(path) => {
            let bytes = std::fs::read(path).with_context(|| format!("`{}`", path.display()))?;
            let segmenter = Segmenter::from_bytes(&bytes).with_context(|| format!("`{}`", path.display()))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            Ok((Some(segmenter), format!("{name}, SHA-256 {hash}")))
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

    #[test]
    fn what_to_say_of_classes_follows_from_the_labels() {
        let said = |labels: &[&str], classes| {
            unsettled(&labels.iter().map(|&label| label.to_owned()).collect::<Vec<_>>(), classes)
        };
        assert!(said(&["0", "1"], 2).contains(
            "2 classes without names, the data 2 labels (0, 1): say what they mean, as in `--labels 0=normal,1="
        ));
        assert!(
            said(&["amd", "normal", "suspect"], 2)
                .contains("the data 3 labels (amd, normal, suspect): say what labels mean, as in `--labels suspect=")
        );
        assert!(said(&["amd", "normal"], 3).contains("say --classes in the order of training, 3 names"));
        assert!(said(&["glaucoma"], 2).contains("the data 1 label (glaucoma)"));
    }

    #[test]
    fn the_healthy_class_comes_first() {
        let names = |list: [&str; 2]| ordered(&list.map(str::to_owned));
        assert_eq!(names(["glaucoma", "normal"]), Some(vec!["normal".into(), "glaucoma".into()]));
        assert_eq!(names(["a", "b"]), None);
    }
}
