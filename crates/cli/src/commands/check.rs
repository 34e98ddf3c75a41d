use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use heatlens_imaging::encode_png;
use heatlens_run::LabelOptions;
use heatlens_run::check::{AskOptions, PHOTOGRAPHS, ask};

use crate::failure::Status;
use crate::flags::{InputArgs, MemoryArgs, SeedArgs, SubjectArgs, ThreadArgs};
use crate::listening::Listening;
use crate::printer::Printer;

/// Ask a trained model how its photographs were prepared
///
/// While it was trained, each batch norm of a network kept the mean and the variance of what entered
/// it. Photographs that are prepared as then have the same. Usual values, orders of channels,
/// framings and changes of levels are tried in turn; what fits best is very likely what training
/// did. Sizes are shown and not judged: random crops in training mislead them.
///
/// Ends with 0 where the preprocessing fits, 4 where another one fits clearly better, 5 where the
/// model cannot tell.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    inputs: InputArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    seed: SeedArgs,
    /// Photographs to look at, drawn with the seed, as many of each folder as of any other
    #[arg(long, visible_alias = "limit", default_value_t = PHOTOGRAPHS as u16, value_parser = clap::value_parser!(u16).range(1..))]
    sample: u16,
    /// True labels, as for `explain`: then each setting's accuracy and AUC are shown too
    #[arg(long)]
    labels: Vec<String>,
    /// Write the preprocessing that fits best to this TOML file, for --preprocess
    #[arg(long)]
    save: Option<PathBuf>,
    /// Draw the table to this PNG file
    #[arg(long)]
    chart: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks, tells and saves.
///
/// # Errors
/// If the request or the model cannot be used, or a file cannot be written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let subject = args.subject.open(&args.inputs.inputs)?;
    let (sources, _) = args.inputs.list(Path::new(""))?;
    let options = AskOptions {
        sample: usize::from(args.sample),
        labels: LabelOptions::parse(args.labels.iter().map(String::as_str))?,
        threads: args.threads.count(),
        memory: args.memory.memory,
        seed: args.seed.seed,
    };
    let mut listening = Listening::to(printer, "looks");
    let asked = ask(subject, sources, &options, &mut listening)?;
    listening.finish();
    let write = |path: &PathBuf, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
    };
    if let Some(path) = &args.save {
        write(path, asked.best.to_toml().as_bytes())?;
    }
    if let (Some(path), Some(figure)) = (&args.chart, asked.figure()) {
        write(path, &encode_png(&figure.draw())?)?;
    }
    printer.data(&if args.json { asked.json().to_string() } else { asked.words() });
    Ok(match asked.passes() {
        Some(true) => Status::Done,
        Some(false) => Status::NotPassed,
        None => Status::Untold,
    })
}
