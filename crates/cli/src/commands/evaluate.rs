use std::path::PathBuf;

use anyhow::Result;
use heatlens::metrics::{EvaluatorOptions, Metric};
use heatlens_run::evaluate::{Options, evaluate, metrics};
use heatlens_run::{Error, Listener};

use crate::failure::Status;
use crate::flags::{InputArgs, MemoryArgs, MethodArgs, OneLayerArgs, SeedArgs, SubjectArgs, ThreadArgs, listed};
use crate::listening::Listening;
use crate::printer::Printer;
use crate::signals;

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
    let subject = args.subject.open(&args.inputs.inputs)?;
    let options = Options {
        evaluator: EvaluatorOptions {
            methods: args.methods.unique(),
            layer: args.layer.layer.clone(),
            metrics: metrics(&args.metrics, args.masks.is_some()),
            seed: args.seed.seed,
        },
        target: args.target.clone(),
        masks: args.masks.clone(),
        sample: args.sample as usize,
        threads: args.threads.count(),
        memory: args.memory.memory,
    };
    let mut listening = Listening::to(printer, "steps");
    signals::ask(listening.stop())?;
    let stop = listening.stop().clone();
    let results = match evaluate(subject, args.inputs.list(&args.out)?, &options, Some(&args.out), &mut listening) {
        Err(Error::Heatlens(heatlens::Error::Stopped)) => return Ok(Status::Stopped),
        results => results?,
    };
    listening.finish();
    printer.data(&if args.json { results.json().to_string() } else { results.words() });
    printer.note(&format!("tables and picture → {}", args.out.display()));
    Ok(match results.evaluations.len() == results.images {
        true => Status::Done,
        false if stop.is_asked() => Status::Stopped,
        false => Status::SomeFailed,
    })
}
