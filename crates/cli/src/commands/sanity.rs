use std::path::PathBuf;

use anyhow::Result;
use heatlens::sanity::SanityOptions;
use heatlens_run::sanity::{Options, judge};

use crate::failure::Status;
use crate::flags::{InputArgs, MemoryArgs, MethodArgs, OneLayerArgs, SeedArgs, SubjectArgs};
use crate::listening::Listening;
use crate::printer::Printer;

/// Test whether maps depend on what the network has learnt: randomise its weights and see whether
/// the maps survive
///
/// The weights are put in a random order, from the logits down to the image, and the maps of the
/// randomised network are compared with those of the trained one. A method whose map survives does
/// not show what was learnt, however pretty it is. Exit code: 0 if every method passes, 4 if one
/// does not.
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
    seed: SeedArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Images to use at most, drawn with the seed, as many of each folder as of any other
    #[arg(long, visible_alias = "limit", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Randomise from the logits down only, not each module by itself too
    #[arg(long)]
    cascade_only: bool,
    /// Where to write sanity.csv, sanity.json and sanity.png
    #[arg(short, long, default_value = "out/sanity")]
    out: PathBuf,
    /// Print the report as JSON instead of words
    #[arg(long)]
    json: bool,
}

/// Checks the methods and tells the verdicts.
///
/// # Errors
/// If the request or the model cannot be used, or the output cannot be written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let subject = args.subject.open(&args.inputs.inputs)?;
    let options = Options {
        sanity: SanityOptions {
            methods: args.methods.unique(),
            layer: args.layer.layer.clone(),
            independent: !args.cascade_only,
            seed: args.seed.seed,
        },
        sample: args.sample as usize,
        memory: args.memory.memory,
    };
    let mut listening = Listening::to(printer, "explanations");
    let judged = judge(subject, args.inputs.list(&args.out)?, &options, Some(&args.out), &mut listening)?;
    listening.finish();
    printer.data(&if args.json { judged.json().to_string() } else { judged.words() });
    printer.note(&format!("figures and picture → {}", args.out.display()));
    Ok(match (judged.report.all_pass(), judged.failed) {
        (false, _) => Status::NotPassed,
        (true, 0) => Status::Done,
        (true, _) => Status::SomeFailed,
    })
}
